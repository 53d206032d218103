import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxEnvironment } from '../../../sandbox/environment.ts';
import { clientSettings } from '../../../config/access.ts';
import { inventoryOf } from '../../../terraform/inventory.ts';
import { openBucket, openGroup, regrant, reroute } from './by-hand.ts';
import { callIn, type Told } from './command-line.ts';

const MINUTES = 60_000;
export const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const OPERATIONS = `acme-dev-operations-${ACCOUNT}`;
const ROLE = 'acme-dev-flow-logs';
/** Any policy that can be attached. */
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/acme-dev-boundary`;
/** Somebody's network, which no table of ours leads to. */
const ELSEWHERE = '198.51.100.0/24';

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

/** Policies, a bucket, a group of another stack, a table: what a hurried hand changes. */
const changeByHand = async (settings: ReturnType<Life['settings']>, group: string): Promise<void> => {
  await openBucket(settings, OPERATIONS);
  await regrant(settings, ROLE, BOUNDARY);
  await openGroup(settings, group);
  await reroute(settings, 'acme-dev-task-routes', ELSEWHERE);
};

/**
 * The life of an environment as tests in order: applied, looked at, changed by hand, mended, and in the end
 * destroyed with its data.
 * @param members whose security group is opened by hand: stack, and address and name of the group
 * @param settings of the environment beyond those that every one has
 * @param between further tests, before the environment goes
 */
export const testLife = (
  members: { readonly stack: string; readonly address: string; readonly group: string },
  settings: Readonly<Record<string, unknown>>,
  between: (life: Life) => void = () => undefined,
): void => {
  const life = lifeIn();

  beforeAll(async () => {
    life.folder = await mkdtemp(join(tmpdir(), 'peaches-life-'));
    const init = await life.call(
      ...['init', '--yes', '--name', 'acme', '--account', ACCOUNT, '--region', REGION, '--target', 'sandbox'],
      ...['--feeds', 'fastly'],
    );
    expect(init).toMatchObject({ status: 0 });
    await life.configure(settings);
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
      await changeByHand(life.settings(), members.group);
      const before = await life.states();
      const { status, document } = await life.told('drift');
      expect(status).toBe(2);
      const { stacks } = document as { stacks: { stack: string; drifted: { address: string }[] }[] };
      const driftedIn = (name: string) => stacks.find(({ stack }) => stack === name)?.drifted ?? [];
      expect(driftedIn('foundation')).toMatchObject([
        {
          address: 'aws_iam_role_policies_exclusive.network_flow-logs_no-other-policy',
          attributes: [{ path: 'policy_names[0]', before: 'permissions', after: 'more' }],
        },
        { address: 'aws_iam_role_policy.network_flow-logs_policy', gone: true },
        {
          address: 'aws_iam_role_policy_attachments_exclusive.network_flow-logs_no-attachment',
          attributes: [{ path: 'policy_arns[0]', after: BOUNDARY }],
        },
        {
          address: 'aws_route_table.network_task-routes',
          attributes: [{ after: { cidr_block: ELSEWHERE } }],
        },
        {
          address: 'aws_s3_bucket_policy.operations_policy',
          attributes: [{ path: 'policy.Statement[0].Effect', before: 'Deny', after: 'Allow' }],
        },
      ]);
      expect(driftedIn(members.stack)).toMatchObject([
        {
          address: members.address,
          attributes: [{ path: 'ingress[0]', after: { from_port: 22, cidr_blocks: ['0.0.0.0/0'] } }],
        },
      ]);
      expect(await life.states()).toEqual(before);
    },
    5 * MINUTES,
  );

  test(
    'deploy mends all of it, and takes away what was added',
    async () => {
      const { status, document } = await life.told('deploy', 'foundation', members.stack, '--yes');
      expect({ status, document }).toMatchObject({
        status: 0,
        document: {
          stacks: [
            { stack: 'foundation', result: 'applied', counts: { add: 1, change: 4, remove: 0 } },
            { stack: members.stack, result: 'applied', counts: { add: 0, change: 1, remove: 0 } },
          ],
        },
      });
      expect(await life.told('drift')).toMatchObject({ status: 0, document: { drift: false } });
      expect(await life.told('diff')).toMatchObject({ status: 0, document: { changes: false } });
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
