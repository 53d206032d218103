import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProject } from '../../cli/project.ts';
import { clientSettings } from '../../config/access.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { ensureStateBucket } from '../../terraform/state-bucket.ts';
import { callIn, emulatorLack, type Told } from './support/command-line.ts';
import { enforceIam, userWith } from './support/identity.ts';
import { describeWith } from './support/prerequisites.ts';

jest.setTimeout(600_000);

/** Buckets that are there; all-feeds.test.ts has them made. */
const BUCKETS = { 'access-logs': 'a', operations: 'b', 'fastly-logs': 'c', 'fastly-data': 'd' };
const THEIRS = Object.fromEntries(
  Object.entries(BUCKETS).map(([alias, letter]) => [alias, `their-bucket-${letter}`]),
);
const BOUNDARY = 'arn:aws:iam::123456789012:policy/acme-dev-boundary';

describeWith(
  await emulatorLack(tmpdir()),
  'the rights of the deployer, with a host and a boundary of others',
  () => {
    let root: string;
    let endpoint: string;
    let deployer: NodeJS.ProcessEnv;

    const call = (...argv: string[]): Promise<Told> => callIn(root, argv, '', deployer);
    const documentsOf = async (name: string): Promise<string[]> => {
      const { stdout } = await callIn(root, ['policy', 'print', name, '--json']);
      const { documents } = JSON.parse(stdout) as { documents: { document: unknown }[] };
      return documents.map(({ document }) => JSON.stringify(document));
    };

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'peaches-deployer-'));
      ({ endpoint } = await startSandbox({ root }));
      const place = { account: '123456789012', region: 'us-east-1', target: 'aws', compute: 'ec2' };
      const existing = { buckets: THEIRS, boundary: BOUNDARY };
      await writeFile(
        join(root, 'peaches.config.json'),
        JSON.stringify({
          name: 'acme',
          environments: { dev: { ...place, existing, deleteData: true } },
          feeds: { fastly: {} },
        }),
      );
      const settings = clientSettings({
        region: 'us-east-1',
        environment: sandboxEnvironment(endpoint, {}, {}),
      });
      const s3 = new S3Client(settings);
      for (const Bucket of Object.values(THEIRS)) await s3.send(new CreateBucketCommand({ Bucket }));
      const [PolicyDocument] = await documentsOf('boundary');
      const iam = new IAMClient(settings);
      await iam.send(new CreatePolicyCommand({ PolicyName: 'acme-dev-boundary', PolicyDocument }));
      for (const client of [s3, iam]) client.destroy();
      deployer = await userWith(endpoint, 'deployer', await documentsOf('deployer'));
      await enforceIam(endpoint, true);
    });
    afterAll(async () => {
      await enforceIam(endpoint, false);
      await stopSandbox({ root });
      await rm(root, { recursive: true, force: true });
    });

    test('what is printed is enough to deploy, and to see that nothing is left to change', async () => {
      const { environment } = await openProject({
        ...{ cwd: root, config: 'peaches.config.json', env: undefined, target: undefined },
      });
      await ensureStateBucket(environment, deployer);
      const { status, stdout } = await call('deploy', '--yes', '--json');
      expect({ status, document: JSON.parse(stdout) as unknown }).toMatchObject({
        status: 0,
        document: {
          stacks: ['foundation', 'fastly', 'host'].map((stack) => ({ stack, result: 'applied' })),
        },
      });
      expect(await call('diff')).toMatchObject({ status: 0 });
    });

    test('and to destroy all of it', async () => {
      const { status, stdout } = await call('destroy', '--yes', '--delete-data', '--json');
      expect({ status, document: JSON.parse(stdout) as unknown }).toMatchObject({
        status: 0,
        document: { kept: [] },
      });
      const { left } = JSON.parse(stdout) as { left: { service: string }[] };
      expect(left.filter(({ service }) => service !== 'kms')).toEqual([]);
    });

    test('it is not enough for what the stacks do not hold', async () => {
      const iam = new IAMClient(clientSettings({ region: 'us-east-1', environment: deployer }));
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
      });
      const made = iam.send(new CreatePolicyCommand({ PolicyName: 'acme-dev-more', PolicyDocument }));
      await expect(made).rejects.toMatchObject({ $response: { statusCode: 403 } });
      iam.destroy();
    });
  },
);
