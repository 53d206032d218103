import {
  CreateBucketCommand,
  ListObjectsV2Command,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pLimit from 'p-limit';
import { freewheel } from '../../etl/freewheel/feed.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { deliverExternal, seedExternal } from '../../sandbox/external.ts';
import { findLauncher } from '../../sandbox/launcher.ts';
import { requireSandbox, sandboxStatus, startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { clientSettings } from '../../config/access.ts';
import { emptyBucket } from '../../terraform/empty.ts';
import { ensureStateBucket } from '../../terraform/state-bucket.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

jest.setTimeout(300_000);

const lack = await lackOf(() => findLauncher(tmpdir()));

const region = 'us-east-1';
const access = (endpoint: string, account = '123456789012') => ({
  region,
  environment: sandboxEnvironment(endpoint, { account }, {}),
});

const signedFor = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

describeWith(lack, 'the life of a sandbox', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-sandbox-'));
  });

  afterAll(async () => {
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  test('without a sandbox, its need is told with what to do', async () => {
    expect(await sandboxStatus({ root })).toEqual({ state: 'stopped' });
    await expect(requireSandbox({ root })).rejects.toMatchObject({
      code: 'SANDBOX_NOT_RUNNING',
      exitCode: 69,
      hint: expect.stringContaining('sandbox start'),
    });
  });

  test('of several starts at once one starts it and all get the same; stop ends it', async () => {
    const all = await Promise.all([startSandbox({ root }), startSandbox({ root }), startSandbox({ root })]);
    expect(new Set(all.map(({ instance }) => instance)).size).toBe(1);
    expect(await requireSandbox({ root })).toEqual(all[0]);
    expect(await stopSandbox({ root })).toBe(true);
    expect(await sandboxStatus({ root })).toEqual({ state: 'stopped' });
    expect(await stopSandbox({ root })).toBe(false);
  });

  test('a crash is noticed; the next start is a new, empty world without the old local states', async () => {
    const first = await startSandbox({ root });
    const state = join(root, '.peaches', 'dev', 'state');
    await mkdir(state, { recursive: true });
    await writeFile(join(state, 'a.tfstate'), '{}');
    process.kill(first.pid, 'SIGKILL');
    while ((await sandboxStatus({ root })).state === 'running');
    expect(await sandboxStatus({ root })).toMatchObject({ state: 'crashed', sandbox: { pid: first.pid } });
    await expect(requireSandbox({ root })).rejects.toMatchObject({
      message: expect.stringContaining('no longer answers'),
    });

    const notes: string[] = [];
    const second = await startSandbox({ root, onNote: (text) => notes.push(text) });
    expect(second.instance).not.toBe(first.instance);
    expect(second.unfitted).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('state of dev')]);
    expect(existsSync(state)).toBe(false);
  });

  test('a second start keeps emulator and states', async () => {
    const before = await requireSandbox({ root });
    const state = join(root, '.peaches', 'dev', 'state');
    await mkdir(state, { recursive: true });
    await writeFile(join(state, 'a.tfstate'), '{}');
    expect(await startSandbox({ root })).toEqual(before);
    expect(existsSync(join(state, 'a.tfstate'))).toBe(true);
  });

  test('a process that has taken over the id is left alone', async () => {
    const other = await mkdtemp(join(tmpdir(), 'peaches-other-'));
    const stranger = spawn('sleep', ['60']);
    const record = {
      endpoint: 'http://127.0.0.1:9',
      port: 9,
      pid: stranger.pid,
      startedAt: '2026-01-01T00:00:00Z',
      instance: 'gone',
      dropped: [],
      unfitted: [],
    };
    await mkdir(join(other, '.peaches'));
    await writeFile(join(other, '.peaches', 'sandbox.json'), JSON.stringify(record));
    expect(await stopSandbox({ root: other })).toBe(true);
    const { exitCode, signalCode } = stranger;
    stranger.kill();
    expect([exitCode, signalCode]).toEqual([null, null]);
    await rm(other, { recursive: true });
  });
});

describeWith(lack, 'what the emulator does', () => {
  let root: string;
  let endpoint: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-sandbox-'));
    ({ endpoint } = await startSandbox({ root }));
  });

  afterAll(async () => {
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  test('an action that it lacks is refused at once, not a fault to try again', async () => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.StartLifecyclePolicyPreview',
        authorization: signedFor('ecr'),
      },
      body: '{}',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: 'EmulatorGap' });
  });

  test('one connection serves request after request, whatever their bodies are like', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    const ask = async (method: string, path: string, headers: OutgoingHttpHeaders = {}, body = '') => {
      const signed = { authorization: signedFor('s3'), ...headers };
      const asked = request(`${endpoint}/${path}`, { method, headers: signed, agent });
      if (headers['expect'] !== undefined) await once(asked, 'continue');
      asked.end(body);
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      ports.add(answer.socket.localPort);
      return {
        status: answer.statusCode,
        length: answer.headers['content-length'],
        body: await text(answer),
      };
    };
    const long = 'x'.repeat(300_000);
    expect(await ask('PUT', 'kept')).toMatchObject({ status: 200 });
    expect(await ask('PUT', 'kept/a', { expect: '100-continue', 'content-length': 3 }, 'abc')).toMatchObject({
      status: 200,
    });
    expect(await ask('PUT', 'kept/b', { 'transfer-encoding': 'chunked' }, long)).toMatchObject({
      status: 200,
    });
    expect(await ask('HEAD', 'kept/b')).toEqual({ status: 200, length: '300000', body: '' });
    expect(await ask('GET', 'kept/b')).toEqual({ status: 200, length: '300000', body: long });
    expect(await ask('GET', 'kept/none')).toMatchObject({ status: 404 });
    expect(await ask('DELETE', 'kept/a')).toMatchObject({ status: 204, body: '' });
    expect(await ask('GET', 'kept/a')).toMatchObject({ status: 404 });
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  test('what is cut off or damaged on its way is refused, and nothing of it is kept', async () => {
    const { hostname, port } = new URL(endpoint);
    const say = async (head: string, rest: string): Promise<string> => {
      const socket = connect(Number(port), hostname);
      const signed = `Host: ${hostname}\r\nAuthorization: ${signedFor('s3')}\r\n`;
      socket.end(`${head} HTTP/1.1\r\n${signed}${rest}`);
      return await text(socket);
    };
    await say('PUT /cut', 'Content-Length: 0\r\nConnection: close\r\n\r\n');
    const damaged = [
      ...[
        'Content-Length: 100\r\n\r\nonly this',
        'Content-Length: -5\r\n\r\nabcde',
        'Content-Length: x\r\n\r\nabc',
      ],
      ...['Transfer-Encoding: chunked\r\n\r\n5\r\nab', 'Transfer-Encoding: chunked\r\n\r\nno length\r\n'],
    ];
    for (const request of damaged)
      expect(await say('PUT /cut/a', request)).toMatch(/^HTTP\/1.1 400 .*be read/su);
    const none = 'Connection: close\r\n\r\n';
    expect(await say('GET /cut/a', none)).toMatch(/^HTTP\/1.1 404 /u);
    expect(await say('PUT /cut/a', `Transfer-Encoding: identity\r\nContent-Length: 2\r\n${none}ok`)).toMatch(
      / 200 /u,
    );
    expect(await say('GET /cut/a', none)).toMatch(/Connection: close.*ok$/su);
  });

  test('many at once, reading what others change, are all answered', async () => {
    const ask = async (action: string, given: object): Promise<number> => {
      const headers = {
        ...{ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${action}` },
        authorization: signedFor('ssm'),
      };
      return (await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(given) })).status;
    };
    const limit = pLimit(30);
    const answers = Array.from({ length: 400 }, (_, index) =>
      limit(async () => [
        await ask('PutParameter', { Name: `/many/${index}`, Type: 'String', Value: 'x' }),
        await ask('DescribeParameters', { MaxResults: 50 }),
      ]),
    );
    expect(new Set((await Promise.all(answers)).flat())).toEqual(new Set([200]));
  });

  test('a partner offers bucket and role; only the trusted account may take the role, and read its own prefix', async () => {
    const params = { networkId: '171213' };
    const customer = { endpoint, account: '123456789012', region };
    await seedExternal(customer, freewheel, params);
    await seedExternal(customer, freewheel, { networkId: '9' });
    const partner = new S3Client(clientSettings(access(endpoint, '265086463190')));
    const { Contents } = await partner.send(new ListObjectsV2Command({ Bucket: 'fw-prod-v4logs' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['171213/v4logs/']);
    partner.destroy();
    const folder = await mkdtemp(join(tmpdir(), 'peaches-delivery-'));
    await mkdir(join(folder, '171213', 'v4logs', '2026-01-01'), { recursive: true });
    await writeFile(join(folder, '171213', 'v4logs', '2026-01-01', 'a.gz'), 'x');
    expect(await deliverExternal(customer, freewheel, params, 'fw-prod-v4logs', folder)).toEqual([
      '171213/v4logs/2026-01-01/a.gz',
    ]);
    await rm(folder, { recursive: true });

    const RoleArn = freewheel.external!['v4logs']!.assumeRole!({ networkId: '171213' } as never);
    const assume = (account: string, role: string) =>
      new STSClient(clientSettings(access(endpoint, account))).send(
        new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'test' }),
      );
    expect((await assume('123456789012', RoleArn)).Credentials?.AccessKeyId).toBeDefined();
    await expect(assume('210987654321', RoleArn)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume('123456789012', RoleArn.replace('171213', '8'))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test('the state bucket is made once by two at the same time, and refused when it is somebody else’s', async () => {
    const owner = { project: 'twice', name: 'dev', account: '123456789012', region };
    const { environment } = access(endpoint);
    await Promise.all([ensureStateBucket(owner, environment), ensureStateBucket(owner, environment)]);
    expect(await ensureStateBucket(owner, environment)).toBe('twice-terraform-state-123456789012 is there');

    const foreign = { project: 'taken', name: 'dev', account: '123456789012', region };
    const stranger = new S3Client(clientSettings(access(endpoint, '210987654321')));
    await stranger.send(new CreateBucketCommand({ Bucket: 'taken-terraform-state-123456789012' }));
    await expect(ensureStateBucket(foreign, environment)).rejects.toMatchObject({
      code: 'STATE_BUCKET_FOREIGN',
      exitCode: 77,
    });
  });

  test('a versioned bucket is emptied of versions and markers, in batches', async () => {
    const { environment } = access(endpoint);
    await ensureStateBucket({ project: 'full', name: 'dev', account: '123456789012', region }, environment);
    const bucket = 'full-terraform-state-123456789012';
    const s3 = new S3Client(clientSettings({ region, environment }));
    for (let index = 0; index < 3; index++) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'same', Body: String(index) }));
    }
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'same' }));
    const progress: number[] = [];
    const options = { region, environment, onProgress: (deleted: number) => progress.push(deleted) };
    expect(await emptyBucket(bucket, options)).toBe(4);
    expect(progress).toEqual([4]);
    await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    expect(await emptyBucket(bucket, options)).toBe(0);
  });
});
