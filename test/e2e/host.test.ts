import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { bucketName } from '../../config/names.ts';
import type { FeedDeclaration } from '../../etl/feed.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { startSandbox, stopSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { synthesize, type SynthesizedStack } from '../../stacks/synthesize.ts';
import { clientSettings } from '../../config/access.ts';
import { emptyBucket } from '../../terraform/empty.ts';
import type { Terraform } from '../../terraform/terraform.ts';
import { dev, toy } from '../stacks/toy-feed.ts';
import { emulatorLack } from './support/command-line.ts';
import { describeWith } from './support/prerequisites.ts';
import { terraformOn, writeStack } from './support/stack.ts';

jest.setTimeout(300_000);

const { fetch, count, names } = toy.stages;
/** With one bucket: creating each takes its time. */
const feed: FeedDeclaration = {
  ...toy,
  buckets: { data: {} },
  stages: {
    fetch: fetch!,
    count: { ...count!, reads: ['data/raw/'] },
    names: { ...names!, writes: ['data/names/'] },
  },
};

const documentOf = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });
const LOGS_FROM_S3 = documentOf({
  Effect: 'Allow',
  Principal: { Service: 'logging.s3.amazonaws.com' },
  Action: ['s3:PutObject'],
  Resource: 'arn:aws:s3:::their-access-logs/*',
});
const ANYTHING = documentOf({ Effect: 'Allow', Action: '*', Resource: '*' });

const pinsOf = (letter: string) => ({
  worker: {
    repository: '123456789012.dkr.ecr.us-east-1.amazonaws.com/acme-dev/worker',
    tag: letter,
    digest: `sha256:${letter.repeat(64)}`,
  },
});

describeWith(
  await emulatorLack(tmpdir()),
  'an environment on a host, with a network, buckets and a boundary that were there',
  () => {
    let root: string;
    let sandbox: Sandbox;
    let env: Environment;
    let stacks: readonly SynthesizedStack[];

    const access = () => ({ region: dev.region, environment: sandboxEnvironment(sandbox.endpoint) });
    const synthesizeWith = async (letter: string): Promise<void> => {
      stacks = await synthesize(env, {
        outdir: join(root, 'cdktf.out'),
        feeds: [feed],
        pins: pinsOf(letter),
      });
    };
    const terraform = (name: string): Promise<Terraform> =>
      terraformOn(sandbox.endpoint, stacks.find((stack) => stack.name === name)!.folder);
    /** Applies what the plan says. @returns what it said */
    const apply = async (driver: Terraform, destroy = false): Promise<string[]> => {
      const plan = await driver.plan({ out: join(root, 'plan'), destroy });
      if (plan.hasChanges) await driver.apply(plan.planFile);
      return plan.changes.map(({ action, address }) => `${action} ${address}`);
    };

    /** What somebody else made. @returns how a configuration names it */
    const theirs = async (): Promise<Pick<Environment, 'vpc' | 'subnets' | 'existing'>> => {
      await writeStack(join(root, 'theirs', 'stack'), {
        aws_vpc: { theirs: { cidr_block: '10.0.0.0/16' } },
        aws_subnet: { theirs: { vpc_id: '${aws_vpc.theirs.id}', cidr_block: '10.0.1.0/24' } },
        aws_s3_bucket: {
          logs: { bucket: 'their-access-logs', force_destroy: true },
          data: { bucket: 'their-toys' },
        },
        aws_s3_bucket_policy: {
          logs: { bucket: '${aws_s3_bucket.logs.id}', policy: LOGS_FROM_S3 },
        },
        aws_iam_policy: { boundary: { name: 'their-boundary', policy: ANYTHING } },
      });
      const driver = await theirDriver();
      await driver.init();
      await apply(driver);
      const file = join(root, 'theirs', 'stack', 'state', 'terraform.tfstate');
      const state = JSON.parse(await readFile(file, 'utf8')) as {
        readonly resources: readonly { type: string; instances: readonly { attributes: { id: string } }[] }[];
      };
      const idOf = (type: string) =>
        state.resources.find((resource) => resource.type === type)?.instances[0]?.attributes.id ?? '';
      return {
        vpc: idOf('aws_vpc'),
        subnets: [idOf('aws_subnet')],
        existing: {
          buckets: { 'access-logs': 'their-access-logs', 'toy-data': 'their-toys' },
          boundary: idOf('aws_iam_policy'),
        },
      };
    };
    const theirDriver = (): Promise<Terraform> =>
      terraformOn(sandbox.endpoint, join(root, 'theirs', 'stack'));

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'peaches-host-'));
      sandbox = await startSandbox({ root });
      env = { ...dev, compute: 'ec2', target: 'sandbox', ...(await theirs()) };
      await synthesizeWith('a');
    });
    afterAll(async () => {
      await stopSandbox({ root });
      await rm(root, { recursive: true });
    });

    test('is applied, foundation first and host last', async () => {
      for (const { name } of stacks) {
        const driver = await terraform(name);
        await driver.init();
        const changes = await apply(driver);
        expect(changes.length).toBeGreaterThan(3);
        expect(
          changes.filter((change) => /_(vpc|subnet|iam_policy)\.|toys|bucket-data/.test(change)),
        ).toEqual([]);
      }
      const s3 = new S3Client({ ...clientSettings(access()), forcePathStyle: true });
      const Bucket = bucketName(env, 'operations');
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'host/' }));
      expect(Contents.map(({ Key }) => Key)).toEqual(
        ['.names.service', '.names.timer', '.service', '.timer'].map((end) => `host/peaches-run-toy${end}`),
      );
    });

    test('then shows no change', async () => {
      for (const { name } of stacks) {
        expect({ name, changes: await apply(await terraform(name)) }).toEqual({ name, changes: [] });
      }
    });

    test('a new image changes the services alone', async () => {
      await synthesizeWith('b');
      expect((await apply(await terraform('toy'))).sort()).toEqual([
        'update aws_s3_object.unit-peaches-run-toy-names-service',
        'update aws_s3_object.unit-peaches-run-toy-service',
      ]);
      expect(await apply(await terraform('host'))).toEqual([]);
    });

    test('a changed template replaces the host', async () => {
      const { folder } = stacks.at(-1)!;
      const file = join(folder, 'cdk.tf.json');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace('"instance_type": "m6i.large"', '"instance_type": "m6i.xlarge"'));
      expect((await apply(await terraform('host'))).sort()).toEqual([
        'update aws_autoscaling_group.group',
        'update aws_launch_template.template',
      ]);
      expect(await apply(await terraform('host'))).toEqual([]);
    });

    test('is destroyed in the reverse order', async () => {
      for (const { name } of [...stacks].reverse()) {
        const driver = await terraform(name);
        if (name === 'foundation') {
          const options = { ...access(), signal: new AbortController().signal };
          await emptyBucket(bucketName(env, 'operations'), options);
        }
        await apply(driver, true);
        expect(await driver.stateList()).toEqual([]);
      }
      expect(await apply(await theirDriver())).toEqual([]);
    });
  },
);
