import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Environment } from '../../../config/environment.ts';
import { loadConfig } from '../../../config/load.ts';
import { repositoryUri } from '../../../config/names.ts';
import { feeds } from '../../../etl/feeds.ts';
import { mediatailorParams } from '../../../etl/mediatailor/params.ts';
import { checkRules } from '../../../policies/rules/check.ts';
import { synthesize } from '../../../stacks/synthesize.ts';
import recorded from './addresses.json' with { type: 'json' };

const EXAMPLES = new URL('../../../examples/', import.meta.url);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rules-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const synthesizedInto = async (environment: Environment): Promise<string> => {
  const outdir = await mkdtemp(join(folder, 'out-'));
  const worker = {
    repository: repositoryUri(environment, 'worker'),
    tag: 'content',
    digest: `sha256:${'ab'.repeat(32)}`,
  };
  await synthesize(environment, { outdir, pins: { worker } });
  return outdir;
};

const filesOf = async (outdir: string): Promise<Record<string, string>> => {
  const names = await readdir(outdir, { recursive: true });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await readFile(join(outdir, name), 'utf8')])),
  ) as Record<string, string>;
};

const examples = async (): Promise<Environment[]> => {
  const files = (await readdir(EXAMPLES)).filter((name) => name.endsWith('config.json'));
  const configs = await Promise.all(files.map((name) => loadConfig(new URL(name, EXAMPLES).pathname, feeds)));
  return configs.flatMap(({ environments }) => Object.values(environments));
};

/** The environment of the first example. */
const dev = async (): Promise<Environment> => {
  const found = (await examples()).find(({ name }) => name === 'dev');
  if (found === undefined) throw new Error('There is no environment dev among the examples.');
  return found;
};

const USER = { reason: 'A server in our own rooms runs the stages', expires: '2099-12-31' };

const VARIANTS: readonly (readonly [string, Partial<Environment>])[] = [
  ['on the emulator', { target: 'sandbox' }],
  ['on AWS', { target: 'aws' }],
  ['protected', { target: 'aws', protected: true }],
  ['with a budget', { target: 'aws', monthlyBudgetUsd: 500, alarmEmail: 'data@example.com' }],
  [
    'in an existing VPC',
    { target: 'aws', vpc: 'vpc-0123456789abcdef0', subnets: ['subnet-0123456789abcdef0'] },
  ],
  ['on a host', { target: 'aws', compute: 'ec2' }],
  ['on ECS', { target: 'aws', compute: 'ecs' }],
  ['with a warehouse', { target: 'aws', warehouse: 'redshift' }],
  [
    'with a user',
    { target: 'aws', user: USER, waivers: [{ rule: 'T16', address: 'aws_iam_user.*', ...USER }] },
  ],
];

describe.each(VARIANTS)('every environment of the examples, %s', (_name, variant) => {
  test('breaks no rule', async () => {
    for (const example of await examples()) {
      const environment = { ...example, ...variant };
      const { waivers = [], user } = environment;
      const report = await checkRules({ folder: await synthesizedInto(environment), environment, waivers });
      expect(report.findings).toEqual([]);
      expect(report.waived.map(({ rule }) => rule)).toEqual(user === undefined ? [] : ['T16']);
      expect(report.resourcesSeen).toBeGreaterThan(50);
    }
  });
});

test('a changed stack is found where it lies on disk', async () => {
  const environment = await dev();
  const outdir = await synthesizedInto(environment);
  const [file] = (await readdir(outdir, { recursive: true })).filter((name) =>
    name.endsWith('foundation/cdk.tf.json'),
  );
  const path = join(outdir, file ?? '');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"enable_key_rotation": true', '"enable_key_rotation": false'));
  const { findings } = await checkRules({ folder: outdir, environment });
  expect(findings.map(({ rule, stack, message }) => `${rule} ${stack} ${message}`)).toEqual([
    'T48 acme-media-dev-foundation does not rotate',
  ]);
});

test('a folder without stacks is an error, not a pass', async () => {
  const environment = await dev();
  await expect(checkRules({ folder: join(folder, 'nothing'), environment })).rejects.toMatchObject({
    code: 'SYNTHESIS_UNREADABLE',
  });
});

/** The same configuration with the keys of every object the other way round. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, part]) => [name, reversed(part)]),
  );
};

test('T05: the same configuration gives the same bytes, twice and with its keys the other way round', async () => {
  const source = new URL('peaches.config.json', EXAMPLES).pathname;
  const file = join(folder, 'reversed.json');
  await writeFile(file, JSON.stringify(reversed(JSON.parse(await readFile(source, 'utf8')))));
  const first = Object.values((await loadConfig(source, feeds)).environments);
  const again = Object.values((await loadConfig(file, feeds)).environments);
  for (const environment of first) {
    const other = again.find(({ name }) => name === environment.name);
    if (other === undefined) throw new Error(`${environment.name} is gone.`);
    const once = await filesOf(await synthesizedInto(environment));
    expect(await filesOf(await synthesizedInto(environment))).toEqual(once);
    expect(await filesOf(await synthesizedInto(other))).toEqual(once);
  }
});

const READER = 'arn:aws:quicksight:us-east-1:123456789012:user/default/reader';

interface Json {
  readonly resource?: Readonly<Record<string, object>>;
  readonly moved?: readonly { readonly from: string }[];
  readonly removed?: readonly { readonly from: string; readonly lifecycle: { readonly destroy: boolean } }[];
}

/** The example's, and those that log and report by other services. */
const recordedFeeds = async (): Promise<Environment['feeds']> => ({
  ...(await dev()).feeds,
  mediatailor: mediatailorParams.parse({ quicksightUsers: [READER] }),
});

test('T06: every recorded address is still there, or a block says that it moved or stays in the account', async () => {
  const files = await filesOf(
    await synthesizedInto({
      ...(await dev()),
      target: 'aws',
      warehouse: 'redshift',
      feeds: await recordedFeeds(),
    }),
  );
  const stacks = Object.entries(files).filter(([name]) => name.endsWith('cdk.tf.json'));
  const now = stacks.flatMap(([name, text]) => {
    const stack = name.split('/').at(-2)?.replace('acme-media-dev-', '') ?? '';
    const { resource = {}, moved = [], removed = [] } = JSON.parse(text) as Json;
    return [
      ...Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map((id) => `${type}.${id}`)),
      ...moved.map(({ from }) => from),
      ...removed.filter(({ lifecycle }) => !lifecycle.destroy).map(({ from }) => from),
    ].map((address) => `${stack}/${address}`);
  });
  expect(recorded.filter((address) => !now.includes(address))).toEqual([]);
});
