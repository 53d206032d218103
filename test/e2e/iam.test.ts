import { IAMClient, ListUsersCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotateAccessKey } from '../../cli/access-key.ts';
import { deliverDay } from '../../cli/demo/deliver.ts';
import { demoFeeds } from '../../cli/demo/demo-feeds.ts';
import { openProject, type Project } from '../../cli/project.ts';
import type { Environment } from '../../config/environment.ts';
import {
  bucketArn,
  bucketName,
  runnerSecretName,
  secretName,
  stateBucketName,
  stateKey,
} from '../../config/names.ts';
import { wiringOf } from '../../config/wiring.ts';
import { aliasOf, OPERATIONS, type FeedDeclaration } from '../../etl/feed.ts';
import { feeds } from '../../etl/feeds.ts';
import { freewheel } from '../../etl/freewheel/feed.ts';
import { jsonLogger } from '../../etl/runtime/json-log.ts';
import { openAwsPlace } from '../../etl/runtime/places/aws.ts';
import { work } from '../../etl/runtime/work.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { seedExternal } from '../../sandbox/external.ts';
import { findLauncher } from '../../sandbox/launcher.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { declaredAccess } from '../../stacks/access.ts';
import { synthesize } from '../../stacks/synthesize.ts';
import { stageRoleArn } from '../../stacks/stage-roles.ts';
import { clientSettings } from '../../config/access.ts';
import { enforceIam, environmentOf } from './support/identity.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';
import { makeIdentities } from './support/synthesized-identities.ts';

jest.setTimeout(300_000);
const lack = await lackOf(() => findLauncher(tmpdir()));

const DATE = '2026-01-15';
const PROBE = 'probe';

/** Every stage of every feed of the register. */
const STAGES = feeds.flatMap((feed) => Object.keys(feed.stages).map((stage) => [feed.name, stage] as const));

/** Parameters of every feed. */
const SECTIONS = Object.fromEntries(demoFeeds.map(({ feed, params }) => [feed.name, params]));

type Answer = 'allowed' | 'denied';

/** @returns whether a call was let through; any other failure is thrown */
const answerTo = async (call: Promise<unknown>): Promise<Answer> => {
  try {
    await call;
    return 'allowed';
  } catch (error) {
    const { name, $response } = error as { name?: string; $response?: { statusCode?: number } };
    // The emulator refuses in XML also where a service speaks JSON.
    if (name?.includes('AccessDenied') === true || $response?.statusCode === 403) return 'denied';
    throw error;
  }
};

/** Whoever takes the role of a stage is the IAM user, with the key that `secrets rotate` made. */
describeWith(lack, 'least rights, with IAM enforced', () => {
  let root: string;
  let endpoint: string;
  let env: Environment;
  let project: Project;
  let runner: NodeJS.ProcessEnv;
  const before = { ...process.env };

  const settings = (environment: NodeJS.ProcessEnv) => clientSettings({ region: env.region, environment });
  const feedOf = (name: string): FeedDeclaration => feeds.find((feed) => feed.name === name) ?? freewheel;

  /** Credentials of a stage's role, as a host outside AWS takes them. */
  const asStage = async (feed: string, stage: string): Promise<NodeJS.ProcessEnv> => {
    const sts = new STSClient(settings(runner));
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: stageRoleArn(env, feed, stage), RoleSessionName: 'test' }),
    );
    sts.destroy();
    return environmentOf(endpoint, {
      id: Credentials?.AccessKeyId ?? '',
      secret: Credentials?.SecretAccessKey ?? '',
      session: Credentials?.SessionToken ?? '',
    });
  };

  /** Everything that roles are to be kept from, and what they may read, is there before they try. */
  const seed = async (): Promise<void> => {
    const s3 = new S3Client(settings(sandboxEnvironment(endpoint, {}, {})));
    const secrets = new SecretsManagerClient(settings(sandboxEnvironment(endpoint, {}, {})));
    for (const [feed, stage] of STAGES) {
      for (const { bucketArn: arn, prefix } of declaredAccess(env, feedOf(feed), stage).reads) {
        const Bucket = arn.split(':::')[1];
        await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}${PROBE}`, Body: 'x' }));
      }
    }
    for (const feed of feeds) {
      for (const bucket of Object.keys(feed.buckets)) {
        const Bucket = bucketName(env, aliasOf(feed.name, bucket));
        await s3.send(new PutObjectCommand({ Bucket, Key: `undeclared/${PROBE}`, Body: 'x' }));
      }
      for (const secret of Object.keys(feed.secrets ?? {})) {
        const SecretId = secretName(env, aliasOf(feed.name, secret));
        await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: '{}' }));
      }
    }
  };

  const unseed = async (): Promise<void> => {
    const s3 = new S3Client(settings(sandboxEnvironment(endpoint, {}, {})));
    for (const [feed, stage] of STAGES) {
      for (const { bucketArn: arn, prefix } of declaredAccess(env, feedOf(feed), stage).reads) {
        await s3.send(new DeleteObjectCommand({ Bucket: arn.split(':::')[1], Key: `${prefix}${PROBE}` }));
      }
    }
    for (const feed of feeds) {
      for (const bucket of Object.keys(feed.buckets)) {
        const Bucket = bucketName(env, aliasOf(feed.name, bucket));
        await s3.send(new DeleteObjectCommand({ Bucket, Key: `undeclared/${PROBE}` }));
      }
    }
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-iam-'));
    ({ endpoint } = await startSandbox({ root }));
    await writeFile(
      join(root, 'peaches.config.json'),
      JSON.stringify({
        name: 'acme',
        environments: {
          dev: {
            ...{ account: '123456789012', region: 'us-east-1', target: 'aws', deleteData: true },
            user: { reason: 'Stages are tried from a host outside AWS', expires: '2099-12-31' },
          },
        },
        feeds: SECTIONS,
      }),
    );
    const call = { cwd: root, config: 'peaches.config.json', env: undefined, target: undefined };
    project = await openProject(call);
    env = project.environment;
    for (const feed of feeds) {
      await seedExternal({ endpoint, account: env.account, region: env.region }, feed, env.feeds[feed.name]);
    }
    const stacks = await synthesize(env, { outdir: join(root, 'cdktf.out') });
    const admin = settings(sandboxEnvironment(endpoint, {}, {}));
    await makeIdentities(stacks, admin);
    await new S3Client(admin).send(new CreateBucketCommand({ Bucket: stateBucketName(env) }));
    await seed();
    Object.assign(process.env, sandboxEnvironment(endpoint));
    await rotateAccessKey(env);
    const { SecretString = '' } = await new SecretsManagerClient(admin).send(
      new GetSecretValueCommand({ SecretId: runnerSecretName(env) }),
    );
    const key = JSON.parse(SecretString) as { accessKeyId: string; secretAccessKey: string };
    runner = environmentOf(endpoint, { id: key.accessKeyId, secret: key.secretAccessKey });
    await enforceIam(endpoint, true);
  });

  afterAll(async () => {
    process.env = before;
    await enforceIam(endpoint, false);
    await stopSandbox({ root });
    await rm(root, { recursive: true, force: true });
  });

  describe.each(STAGES)('the role of %s.%s', (name, stage) => {
    let role: NodeJS.ProcessEnv;
    let s3: S3Client;
    const got = (Bucket: string | undefined, Key: string) =>
      answerTo(s3.send(new GetObjectCommand({ Bucket, Key })));
    const listed = (Bucket: string | undefined, Prefix?: string) =>
      answerTo(s3.send(new ListObjectsV2Command({ Bucket, Prefix })));
    const put = (Bucket: string | undefined, Key: string) =>
      answerTo(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })));
    const deleted = (Bucket: string | undefined, Key: string) =>
      answerTo(s3.send(new DeleteObjectCommand({ Bucket, Key })));

    beforeAll(async () => {
      role = await asStage(name, stage);
      s3 = new S3Client(settings(role));
    });

    test('reads and writes what the stage declares', async () => {
      const feed = feedOf(name);
      const { reads, writes } = declaredAccess(env, feed, stage);
      const refused: string[] = [];
      const expectAllowed = async (what: string, answer: Promise<Answer>) => {
        if ((await answer) === 'denied') refused.push(what);
      };
      for (const { bucketArn: arn, prefix } of reads) {
        const bucket = arn.split(':::')[1];
        await expectAllowed(`list ${arn}/${prefix}`, listed(bucket, prefix));
        await expectAllowed(`get ${arn}/${prefix}`, got(bucket, `${prefix}${PROBE}`));
      }
      for (const { bucketArn: arn, prefix } of writes) {
        const bucket = arn.split(':::')[1];
        await expectAllowed(`put ${arn}/${prefix}`, put(bucket, `${prefix}${PROBE}-${stage}`));
        await expectAllowed(`delete ${arn}/${prefix}`, deleted(bucket, `${prefix}${PROBE}-${stage}`));
      }
      const secrets = new SecretsManagerClient(settings(role));
      for (const secret of feed.stages[stage]?.secrets ?? []) {
        const SecretId = secretName(env, aliasOf(name, secret));
        await expectAllowed(
          `read ${SecretId}`,
          answerTo(secrets.send(new GetSecretValueCommand({ SecretId }))),
        );
      }
      expect(refused).toEqual([]);
      expect(reads.length + writes.length).toBeGreaterThan(0);
    });

    test('is denied what it does not declare: other prefixes, other feeds, the state, secrets, IAM', async () => {
      const feed = feedOf(name);
      const { reads, writes } = declaredAccess(env, feed, stage);
      const within = (paths: typeof reads, bucket: string, key: string) =>
        paths.some(({ bucketArn: arn, prefix }) => arn === bucketArn(env, bucket) && key.startsWith(prefix));
      const allowed: string[] = [];
      const expectDenied = async (what: string, answer: Promise<Answer>) => {
        if ((await answer) === 'allowed') allowed.push(what);
      };
      const operations = bucketName(env, OPERATIONS);
      const other = feeds.find((candidate) => candidate.name !== name)?.name ?? 'other';
      const places = [
        ...feeds.flatMap(({ name: owner, buckets }) =>
          Object.keys(buckets).map(
            (bucket) => [bucketName(env, aliasOf(owner, bucket)), 'undeclared/'] as const,
          ),
        ),
        ...STAGES.flatMap(([feedName, stageName]) =>
          declaredAccess(env, feedOf(feedName), stageName).reads.map(
            ({ bucketArn: arn, prefix }) => [arn.split(':::')[1] ?? '', prefix] as const,
          ),
        ),
        [operations, `ledger/${other}/`] as const,
        [operations, `runs/${other}/`] as const,
        [operations, 'host/'] as const,
        [stateBucketName(env), stateKey(env, name)] as const,
      ];
      let tried = 0;
      for (const [bucket, prefix] of new Map(places.map((place) => [place.join('/'), place])).values()) {
        const key = `${prefix}${PROBE}`;
        if (!within(reads, bucket, key)) {
          tried += 1;
          await expectDenied(`get ${bucket}/${key}`, got(bucket, key));
          await expectDenied(`list ${bucket}/${prefix}`, listed(bucket, prefix));
        }
        if (!within(writes, bucket, key)) {
          await expectDenied(`put ${bucket}/${key}`, put(bucket, key));
          await expectDenied(`delete ${bucket}/${key}`, deleted(bucket, key));
        }
        if (!within(reads, bucket, '')) await expectDenied(`list ${bucket}`, listed(bucket));
      }
      const secrets = new SecretsManagerClient(settings(role));
      const strange = [
        runnerSecretName(env),
        ...feeds.flatMap((one) =>
          Object.keys(one.secrets ?? {})
            .filter((secret) => one !== feed || feed.stages[stage]?.secrets?.includes(secret) !== true)
            .map((secret) => secretName(env, aliasOf(one.name, secret))),
        ),
      ];
      for (const SecretId of strange) {
        await expectDenied(
          `read ${SecretId}`,
          answerTo(secrets.send(new GetSecretValueCommand({ SecretId }))),
        );
      }
      const iam = new IAMClient(settings(role));
      await expectDenied('list users', answerTo(iam.send(new ListUsersCommand({}))));
      const RoleName = stageRoleArn(env, name, stage).split('/')[1];
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
      });
      await expectDenied(
        'widen its own role',
        answerTo(iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'more', PolicyDocument }))),
      );
      const sts = new STSClient(settings(role));
      for (const [feedName, stageName] of STAGES) {
        const RoleArn = stageRoleArn(env, feedName, stageName);
        const call = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' });
        await expectDenied(`take the role of ${feedName}.${stageName}`, answerTo(sts.send(call)));
      }
      expect(allowed).toEqual([]);
      expect(tried).toBeGreaterThan(3);
    });
  });

  test.each(demoFeeds)('the stages of $feed.name really run, each under its own role', async (demo) => {
    const { feed } = demo;
    const admin = sandboxEnvironment(endpoint, {}, {});
    await enforceIam(endpoint, false);
    process.env = { ...before, ...admin };
    await unseed();
    await deliverDay(project, endpoint, demo, DATE);
    await enforceIam(endpoint, true);
    const lines: { readonly stage?: string; readonly rowsIn?: number; readonly level: string }[] = [];
    const log = jsonLogger((line) => void lines.push(JSON.parse(line) as (typeof lines)[number]));
    const wiring = wiringOf(env, feed);
    for (const stage of Object.keys(feed.stages)) {
      process.env = { ...before, ...(await asStage(feed.name, stage)) };
      const place = await openAwsPlace(wiring, feed);
      const call = { feed, dates: [DATE], wiring, stage, scheduled: false };
      const status = await work(call, { place, log, signal: new AbortController().signal });
      await place.close();
      expect({ stage, status, errors: lines.filter(({ level }) => level === 'error') }).toEqual({
        ...{ stage, status: 0, errors: [] },
      });
    }
    process.env = before;
    const [first] = Object.keys(feed.stages);
    expect(lines.filter(({ rowsIn = 0 }) => rowsIn > 0).length).toBeGreaterThan(0);
    expect(lines.map(({ stage }) => stage)).toContain(first);
  });
});
