import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { GetBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxEnvironment } from '../../../sandbox/environment.ts';
import { clientSettings } from '../../../config/access.ts';
import { inventoryOf } from '../../../terraform/inventory.ts';
import { callIn, type Told } from './command-line.ts';

const MINUTES = 60_000;
export const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const OPERATIONS = `acme-dev-operations-${ACCOUNT}`;
const ROLE = 'acme-dev-flow-logs';

/** An environment in an emulator of its own, as tests of its life see it. */
export interface Life {
  folder: string;
  endpoint: string;
  readonly call: (...argv: string[]) => Promise<Told>;
  /** The document of a call with `--json`, with its exit status. */
  readonly told: (
    ...argv: string[]
  ) => Promise<{ readonly status: number | undefined; readonly document: unknown }>;
  readonly settings: () => ReturnType<typeof clientSettings>;
  readonly environment: () => NodeJS.ProcessEnv;
  /** Every state file as it is, byte for byte. */
  readonly states: () => Promise<readonly string[]>;
  /** Changes the configuration of the environment; undefined takes a key out. */
  readonly configure: (change: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Names of what costs something and is there. */
  readonly billable: () => Promise<readonly string[]>;
}

const lifeIn = (): Life => {
  const environment = (): NodeJS.ProcessEnv => sandboxEnvironment(life.endpoint, { account: ACCOUNT });
  const life: Life = {
    folder: '',
    endpoint: '',
    call: (...argv) => callIn(life.folder, argv),
    told: async (...argv) => {
      const { status, stdout } = await callIn(life.folder, [...argv, '--json']);
      return { status, document: JSON.parse(stdout) as unknown };
    },
    environment,
    settings: () => clientSettings({ region: REGION, environment: environment() }),
    states: async () => {
      const below = join(life.folder, '.peaches', 'dev', 'state');
      const names = (await readdir(below)).filter((name) => name.endsWith('.tfstate')).sort();
      return await Promise.all(names.map((name) => readFile(join(below, name), 'utf8')));
    },
    configure: async (change) => {
      const file = join(life.folder, 'peaches.config.json');
      const config = JSON.parse(await readFile(file, 'utf8')) as { environments: { dev: object } };
      Object.assign(config.environments.dev, change);
      await writeFile(file, JSON.stringify(config));
    },
    billable: async () => {
      const scope = { project: 'acme', name: 'dev', region: REGION };
      return (await inventoryOf(scope, environment()))
        .filter(({ billable }) => billable)
        .map(({ service, kind, name }) => `${service} ${kind} ${name}`);
    },
  };
  return life;
};

const changeByHand = async (settings: Life['settings']): Promise<void> => {
  const s3 = new S3Client(settings());
  const iam = new IAMClient(settings());
  const { Policy = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket: OPERATIONS }));
  const open = Policy.replace('"Effect":"Deny"', '"Effect":"Allow"');
  await s3.send(new PutBucketPolicyCommand({ Bucket: OPERATIONS, Policy: open }));
  await iam.send(new DeleteRolePolicyCommand({ RoleName: ROLE, PolicyName: 'permissions' }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: ROLE, PolicyArn: boundaryArn }));
  s3.destroy();
  iam.destroy();
};

/** Any policy that can be attached. */
const boundaryArn = `arn:aws:iam::${ACCOUNT}:policy/acme-dev-boundary`;

const takeAwayByHand = async (settings: Life['settings']): Promise<void> => {
  const iam = new IAMClient(settings());
  await iam.send(new DetachRolePolicyCommand({ RoleName: ROLE, PolicyArn: boundaryArn }));
  iam.destroy();
};

/**
 * The life of an environment as tests in order: applied, looked at, changed by hand, mended, and in the end
 * destroyed with its data.
 * @param flags of `init` beyond those that every environment has
 * @param between further tests, before the environment goes
 */
export const testLife = (flags: readonly string[], between: (life: Life) => void = () => undefined): void => {
  const life = lifeIn();

  beforeAll(async () => {
    life.folder = await mkdtemp(join(tmpdir(), 'peaches-life-'));
    const init = await life.call(
      ...['init', '--yes', '--name', 'acme', '--account', ACCOUNT, '--region', REGION, '--target', 'sandbox'],
      ...['--feeds', 'fastly', ...flags],
    );
    expect(init).toMatchObject({ status: 0 });
    const { document } = await life.told('sandbox', 'start');
    life.endpoint = (document as { endpoint: string }).endpoint;
  });
  afterAll(async () => {
    await life.call('sandbox', 'stop');
    await rm(life.folder, { recursive: true, force: true });
  });

  test(
    'once applied, there is nothing to change and nothing has drifted; neither look writes a state',
    async () => {
      expect(await life.told('up', '--yes')).toMatchObject({ status: 0 });
      const before = await life.states();
      expect(await life.told('diff')).toMatchObject({ status: 0, document: { changes: false } });
      const { status, document } = await life.told('drift');
      expect({ status, document }).toMatchObject({ status: 0, document: { drift: false } });
      expect(await life.states()).toEqual(before);
    },
    12 * MINUTES,
  );

  test(
    'I12: what is changed by hand drifts, named down to the attribute, and the state is left alone',
    async () => {
      await changeByHand(life.settings);
      const before = await life.states();
      const { status, document } = await life.told('drift');
      expect(status).toBe(2);
      const { stacks } = document as { stacks: { stack: string; drifted: { address: string }[] }[] };
      const drifted = stacks.find(({ stack }) => stack === 'foundation')?.drifted ?? [];
      expect(drifted).toMatchObject([
        {
          address: 'aws_iam_role.network_flow-logs_role',
          gone: false,
          attributes: [{ path: `managed_policy_arns[${boundaryArn}]`, added: true }],
        },
        { address: 'aws_iam_role_policy.network_flow-logs_policy', gone: true },
        {
          address: 'aws_s3_bucket_policy.operations_policy',
          attributes: [{ path: 'policy.Statement[0].Effect', before: 'Deny', after: 'Allow' }],
        },
      ]);
      expect(await life.states()).toEqual(before);
    },
    5 * MINUTES,
  );

  test(
    'deploy mends what the configuration says; what was added goes by hand',
    async () => {
      expect(await life.told('deploy', 'foundation', '--yes')).toMatchObject({
        status: 0,
        document: { stacks: [{ stack: 'foundation', result: 'applied', counts: { add: 1, change: 1 } }] },
      });
      await takeAwayByHand(life.settings);
      expect(await life.told('drift', 'foundation')).toMatchObject({ status: 0, document: { drift: false } });
    },
    5 * MINUTES,
  );

  between(life);

  test(
    'destroy with both keys leaves nothing that costs anything; a second one finds nothing',
    async () => {
      const first = await life.told('destroy', '--yes', '--delete-data');
      expect(first).toMatchObject({ status: 0, document: { kept: [] } });
      expect(await life.billable()).toEqual([]);
      expect(await life.told('destroy', '--yes')).toMatchObject({
        status: 0,
        document: {
          stacks: expect.not.arrayContaining([expect.objectContaining({ result: 'destroyed' })]),
          kept: [],
        },
      });
    },
    10 * MINUTES,
  );
};
