import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { FeedDeclaration } from '../../etl/feed.ts';
import { jsonLogger } from '../../etl/runtime/json-log.ts';
import { openAwsPlace } from '../../etl/runtime/places/aws.ts';
import { S3Store } from '../../etl/runtime/s3-store.ts';
import { ManagedSecrets } from '../../etl/runtime/secrets-manager.ts';
import type { Wiring } from '../../etl/runtime/wiring.ts';
import { work } from '../../etl/runtime/work.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { findLauncher } from '../../sandbox/launcher.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { BUCKET, objectStoreSuite } from '../etl/runtime/support/object-store-suite.ts';
import { secretsSuite } from '../etl/runtime/support/secrets-suite.ts';
import { EXTERNAL, toyFeed } from '../etl/runtime/support/toy-feed.ts';
import { DAY } from '../etl/runtime/support/toy-place.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

jest.setTimeout(300_000);

const lack = await lackOf(() => findLauncher(tmpdir()));
const region = 'us-east-1';

const wiring: Wiring = {
  ...{ project: 'toys', environment: 'dev', region, params: {}, warehouse: { kind: 'none' } },
  buckets: { 'toy-data': 'toys-dev-toy-data-1', operations: 'toys-dev-operations-1' },
  secrets: { 'toy-api': 'toys-dev/toy-api', 'toy-none': 'toys-dev/toy-none' },
};

/** The toy feed with an external bucket that is read under a role. */
const feedUnderRole: FeedDeclaration = {
  ...toyFeed(),
  external: {
    source: {
      bucket: EXTERNAL,
      prefix: () => 'out/',
      assumeRole: () => 'arn:aws:iam::123456789012:role/reader',
    },
  },
};

describeWith(lack, 'the runtime on the emulator', () => {
  let root: string;
  let s3: S3Client;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-runtime-'));
    const { endpoint } = await startSandbox({ root });
    Object.assign(process.env, sandboxEnvironment(endpoint, {}, {}));
    s3 = new S3Client({ region, forcePathStyle: true });
    for (const Bucket of [...Object.values(wiring.buckets), EXTERNAL]) {
      await s3.send(new CreateBucketCommand({ Bucket }));
    }
  });
  afterAll(async () => {
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  objectStoreSuite('S3', async () => {
    const name = 'suite-1';
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    const bucket = (real: string) => ({ name: real, client: () => s3 });
    return {
      store: new S3Store(
        new Map([
          [BUCKET, bucket(name)],
          ['no-such-bucket', bucket('no-such-bucket-1')],
        ]),
      ),
      async remove() {
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name }));
        for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: name, Key }));
        await s3.send(new DeleteBucketCommand({ Bucket: name }));
      },
    };
  });

  secretsSuite('Secrets Manager', async () => {
    const client = new SecretsManagerClient({ region });
    const Name = 'toys-dev/toy-api';
    await client.send(new CreateSecretCommand({ Name, SecretString: '{"token":"s3cret"}' }));
    await client.send(new CreateSecretCommand({ Name: 'toys-dev/toy-none' }));
    return { secrets: new ManagedSecrets(client, wiring.secrets), remove: () => Promise.resolve() };
  });

  test('a worker tells when the owner has not let it in, then works the day, then has nothing to do', async () => {
    for (const [name, body] of Object.entries({ a: '1\n2\n', b: '3\n', c: 'BROKEN' })) {
      await s3.send(new PutObjectCommand({ Bucket: EXTERNAL, Key: `out/${DAY}/${name}`, Body: body }));
    }
    const lines: { readonly message: string; readonly units?: number; readonly stage?: string }[] = [];
    const log = jsonLogger((line) => void lines.push(JSON.parse(line) as (typeof lines)[number]));
    const place = await openAwsPlace(wiring, feedUnderRole);
    const signal = new AbortController().signal;
    const call = { ...{ feed: feedUnderRole, dates: [DAY], wiring }, stage: undefined, scheduled: false };
    const run = () => work(call, { place, log, signal });
    expect(await run()).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      ...{ level: 'error', code: 'ACCESS_DENIED', hint: expect.stringContaining('allow-list') },
    });

    await new IAMClient({ region }).send(
      new CreateRoleCommand({
        RoleName: 'reader',
        AssumeRolePolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
              Principal: { AWS: 'arn:aws:iam::123456789012:root' },
            },
          ],
        }),
      }),
    );
    expect(await run()).toBe(1);
    expect(JSON.parse(await text((await place.store.get(BUCKET, `sums/${DAY}.json`)).body))).toEqual({
      ...{ date: DAY, total: 6, incomplete: true },
    });
    lines.length = 0;
    expect(await run()).toBe(1);
    await place.close();
    expect(lines.filter(({ message }) => message === 'stage ended')).toMatchObject([
      { stage: 'copy', units: 0, unitsFailed: 1 },
      { stage: 'sum', units: 0 },
    ]);
  });
});

describeWith(undefined, 'S3 that misbehaves', () => {
  let server: Server;
  let store: S3Store;
  let answer: (path: string) => {
    status: number;
    headers?: Record<string, string>;
    body?: string;
    cut?: boolean;
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { status, headers = {}, body = '', cut = false } = answer(request.url ?? '');
      response.writeHead(status, headers);
      if (cut) response.write(body, () => setTimeout(() => response.socket?.destroy(), 20));
      else response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new S3Client({
      ...{ region, forcePathStyle: true, maxAttempts: 2 },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    store = new S3Store(new Map([[BUCKET, { name: 'real', client: () => client }]]));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const refusal = (status: number, code: string) => () => ({
    status,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
  });

  test('a body that breaks off is an error of the stream', async () => {
    answer = () => ({
      status: 200,
      headers: { 'content-length': '100', etag: '"e"' },
      body: 'half',
      cut: true,
    });
    const { body } = await store.get(BUCKET, 'k');
    await expect(text(body)).rejects.toMatchObject({ code: 'TRANSFER_BROKEN' });
  });

  test.each([
    [403, 'AccessDenied', 'ACCESS_DENIED'],
    [400, 'ExpiredToken', 'CREDENTIALS_EXPIRED'],
    [404, 'NoSuchBucket', 'BUCKET_NOT_FOUND'],
    [503, 'SlowDown', 'SERVICE_UNAVAILABLE'],
    [403, 'RequestTimeTooSkewed', 'CLOCK_SKEWED'],
  ])('%i %s is told as %s', async (status, code, told) => {
    answer = refusal(status, code);
    await expect(store.get(BUCKET, 'k')).rejects.toMatchObject({ code: told });
  });

  test('an object that is not there is known although only listing says so', async () => {
    answer = (path) =>
      path.includes('list-type=2')
        ? { status: 200, body: '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>' }
        : refusal(403, 'AccessDenied')();
    expect(await store.head(BUCKET, 'k')).toBeUndefined();
    await expect(store.get(BUCKET, 'k')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  test('credentials that S3 calls expired are renewed once', async () => {
    const renewals: boolean[] = [];
    const { host, port } = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const client = new S3Client({
      ...{ region, forcePathStyle: true, endpoint: `http://${host}:${port}` },
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const renewing = new S3Store(
      new Map([
        [
          BUCKET,
          {
            name: 'real',
            client: (renew = false) => {
              renewals.push(renew);
              return client;
            },
          },
        ],
      ]),
    );
    answer = () =>
      renewals.at(-1) === true
        ? { status: 200, headers: { 'content-length': '2', etag: '"e"' }, body: 'ok' }
        : refusal(400, 'ExpiredToken')();
    expect(await text((await renewing.get(BUCKET, 'k')).body)).toBe('ok');
    expect(renewals).toEqual([false, true]);
  });
});
