import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anEnvironment } from '../support/environment.ts';
import type { Environment } from '../../config/environment.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { startSandbox, stopSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { clientSettings } from '../../config/access.ts';
import { inventoryOf } from '../../terraform/inventory.ts';
import { brokenRuns, latestRuns } from '../../terraform/journal.ts';
import { clearImports, planRecovery } from '../../terraform/recovery.ts';
import { holderOf, readLock } from '../../terraform/state-lock.ts';
import { emulatorLack } from './support/command-line.ts';
import { describeWith } from './support/prerequisites.ts';
import { terraformOn, writeStack, type Resources } from './support/stack.ts';

jest.setTimeout(300_000);

const REGION = 'us-east-1';
const ACCOUNT = '123456789012';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** Named resources, nameless ones, parts of others, slow ones. */
const resources = (name: string) =>
  ({
    aws_vpc: { net: { cidr_block: '10.0.0.0/16', tags: { Name: `${name}-net` } } },
    aws_subnet: {
      inner: { vpc_id: '${aws_vpc.net.id}', cidr_block: '10.0.1.0/24', tags: { Name: `${name}-inner` } },
    },
    aws_route_table: { inner: { vpc_id: '${aws_vpc.net.id}', tags: { Name: `${name}-routes` } } },
    aws_route_table_association: {
      inner: { subnet_id: '${aws_subnet.inner.id}', route_table_id: '${aws_route_table.inner.id}' },
    },
    aws_iam_role: { worker: { name: `${name}-worker`, assume_role_policy: TRUST } },
    aws_iam_role_policy: {
      worker: {
        name: 'permissions',
        role: '${aws_iam_role.worker.id}',
        policy: TRUST.replace(/"Principal".*?},/, '"Resource":"*",').replace(
          'sts:AssumeRole',
          's3:GetObject',
        ),
      },
    },
    aws_s3_bucket: { data: { bucket: `${name}-data` } },
    aws_s3_bucket_versioning: {
      data: { bucket: '${aws_s3_bucket.data.id}', versioning_configuration: { status: 'Enabled' } },
    },
    aws_ecs_cluster: { tasks: { name } },
    aws_kms_key: { data: { description: name, enable_key_rotation: true } },
    aws_kms_alias: { data: { name: `alias/${name}`, target_key_id: '${aws_kms_key.data.id}' } },
    aws_secretsmanager_secret: { api: { name: `${name}/api`, recovery_window_in_days: 0 } },
    aws_sns_topic: { alarms: { name: `${name}-alarms` } },
  }) satisfies Resources;

const scopeOf = (name: string): Environment =>
  anEnvironment({ project: 'killed', name, account: ACCOUNT, region: REGION });

/** Settings of the provider. */
const taggedFor = ({ project, name }: Environment) => ({
  default_tags: [{ tags: { project, environment: name } }],
});

/** Positions in the run, spread over it; each run of the test takes others. */
const moments = Array.from({ length: 5 }, (_, index) => (index + Math.random()) / 5);

describeWith(await emulatorLack(tmpdir()), 'terraform killed while it applies', () => {
  let root: string;
  let sandbox: Sandbox;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-recovery-'));
    sandbox = await startSandbox({ root });
    environment = sandboxEnvironment(sandbox.endpoint, { account: ACCOUNT });
    const s3 = new S3Client(clientSettings({ region: REGION, environment }));
    await s3.send(new CreateBucketCommand({ Bucket: 'states' }));
    s3.destroy();
  });
  afterAll(async () => {
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  test.each(moments.map((moment, index) => ({ moment, index })))(
    'I1: kill -9 at $moment of an apply: lock released, all taken back, no orphan',
    async ({ moment, index }) => {
      const name = `killed-dev${index}`;
      const scope = scopeOf(`dev${index}`);
      const folder = join(root, name, 'stack');
      const journalFolder = join(root, name, 'journal');
      const planFile = join(root, name, 'plan');
      const backend = {
        s3: { bucket: 'states', key: `${name}.tfstate`, region: REGION, use_lockfile: true },
      };
      await writeStack(folder, resources(name), backend, taggedFor(scope));
      let seen = 0;
      const last = Math.max(1, Math.floor(moment * 20));
      const terraform = await terraformOn(sandbox.endpoint, folder, {
        onEvent: ({ type }) => {
          if (type !== 'started' && type !== 'done') return;
          if (++seen === last) void kill();
        },
      });
      const kill = async (): Promise<void> => {
        const [run] = (await latestRuns(journalFolder, 'stack')).slice(-1);
        process.kill(run!.process!.pid, 'SIGKILL');
      };
      await terraform.init();
      await terraform.plan({ out: planFile });
      await expect(terraform.apply(planFile)).rejects.toMatchObject({ code: 'TERRAFORM_FAILED' });

      const calm = await terraformOn(sandbox.endpoint, folder);
      const lock = await readLock(folder, environment);
      expect(lock).toMatchObject({ path: `states/${name}.tfstate`, operation: 'apply' });
      expect(await holderOf(lock!, await latestRuns(journalFolder, 'stack'))).toMatchObject({
        state: 'dead',
      });
      await calm.forceUnlock(lock!.id);
      const runs = await brokenRuns(journalFolder, 'stack');
      expect(runs).toHaveLength(1);
      await planRecovery({
        terraform: calm,
        folder,
        scope,
        environment,
        runs,
        planFile,
        onNote: () => undefined,
      });
      await clearImports(folder);
      await calm.apply(planFile);

      expect(await calm.plan({ out: planFile })).toMatchObject({ hasChanges: false });
      expect(await brokenRuns(journalFolder, 'stack')).toEqual([]);
      const state = await calm.pullState();
      const found = await inventoryOf(scope, environment);
      expect(found.filter(({ arn, name: last }) => !state.includes(arn) && !state.includes(last))).toEqual(
        [],
      );
      expect(found.map(({ service, kind }) => `${service} ${kind}`).sort()).toEqual([
        'ec2 route-table',
        'ec2 subnet',
        'ec2 vpc',
        'ecs cluster',
        'iam role',
        'kms key',
        's3 bucket',
        'secretsmanager secret',
        'sns topic',
      ]);
    },
  );

  test('I1: what was begun when the kill came, and is not there, is made', async () => {
    const name = 'begun-dev';
    const scope = scopeOf('begun');
    const folder = join(root, name, 'stack');
    const planFile = join(root, name, 'plan');
    const terraform = await terraformOn(sandbox.endpoint, folder);
    const all = resources(name);
    const { aws_vpc, aws_subnet, aws_route_table, ...begun } = all;
    await writeStack(folder, { aws_vpc, aws_subnet, aws_route_table }, undefined, taggedFor(scope));
    await terraform.init();
    await terraform.plan({ out: planFile });
    await terraform.apply(planFile);
    await writeStack(folder, all, undefined, taggedFor(scope));
    const events = Object.entries(begun).flatMap(([resourceType, named]) =>
      Object.keys(named).map((key) => ({
        type: 'started' as const,
        stack: 'stack',
        action: 'create' as const,
        resourceType,
        address: `${resourceType}.${key}`,
      })),
    );
    const { plan, takenBack } = await planRecovery({
      terraform,
      folder,
      scope,
      environment,
      runs: [{ file: join(root, name, 'journal'), events }],
      planFile,
      onNote: () => undefined,
    });
    expect(takenBack).toEqual([]);
    expect(plan.counts).toEqual({ add: events.length, change: 0, remove: 0, import: 0 });
  });
});
