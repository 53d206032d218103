import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Environment } from '../../../config/environment.ts';
import { loadConfig } from '../../../config/load.ts';
import { feeds } from '../../../etl/feeds.ts';
import { checkRules } from '../../../policies/rules/check.ts';
import { synthesize } from '../../../stacks/synthesize.ts';
import recorded from './addresses.json' with { type: 'json' };

const EXAMPLES = new URL('../../../examples/', import.meta.url);
const PINS = {
  worker: {
    repository: '123456789012.dkr.ecr.us-east-1.amazonaws.com/acme-media-dev/worker',
    tag: 'content',
    digest: `sha256:${'ab'.repeat(32)}`,
  },
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rules-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const synthesizedInto = async (environment: Environment): Promise<string> => {
  const outdir = await mkdtemp(join(folder, 'out-'));
  await synthesize(environment, { outdir, pins: PINS });
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

const VARIANTS: readonly (readonly [string, Partial<Environment>])[] = [
  ['on the emulator', { target: 'sandbox' }],
  ['on AWS', { target: 'aws' }],
  ['protected', { target: 'aws', protected: true }],
  ['with a budget', { target: 'aws', monthlyBudgetUsd: 500, alarmEmail: 'data@example.com' }],
  [
    'in an existing VPC',
    { target: 'aws', vpc: 'vpc-0123456789abcdef0', subnets: ['subnet-0123456789abcdef0'] },
  ],
];

describe.each(VARIANTS)('every environment of the examples, %s', (_name, variant) => {
  test('breaks no rule', async () => {
    for (const example of await examples()) {
      const environment = { ...example, ...variant };
      const report = await checkRules({ folder: await synthesizedInto(environment), environment });
      expect(report.findings).toEqual([]);
      expect(report.waived).toEqual([]);
      expect(report.resourcesSeen).toBeGreaterThan(50);
    }
  });
});

test('a changed stack is found where it lies on disk', async () => {
  const [environment] = await examples();
  if (environment === undefined) throw new Error('There is no example.');
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
  const [environment] = await examples();
  if (environment === undefined) throw new Error('There is no example.');
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
  const source = await readFile(new URL('peaches.config.json', EXAMPLES), 'utf8');
  const file = join(folder, 'reversed.json');
  await writeFile(file, JSON.stringify(reversed(JSON.parse(source))));
  const first = await examples();
  const again = Object.values((await loadConfig(file, feeds)).environments);
  for (const environment of first) {
    const other = again.find(({ name }) => name === environment.name);
    if (other === undefined) throw new Error(`${environment.name} is gone.`);
    const once = await filesOf(await synthesizedInto(environment));
    expect(await filesOf(await synthesizedInto(environment))).toEqual(once);
    expect(await filesOf(await synthesizedInto(other))).toEqual(once);
  }
});

interface Json {
  readonly resource?: Readonly<Record<string, object>>;
  readonly moved?: readonly { readonly from: string }[];
}

test('T06: every recorded address is still there, or a moved block says where it went', async () => {
  const source = (await examples()).find(({ name }) => name === 'dev');
  if (source === undefined) throw new Error('There is no environment dev among the examples.');
  const files = await filesOf(await synthesizedInto({ ...source, target: 'aws' }));
  const stacks = Object.entries(files).filter(([name]) => name.endsWith('cdk.tf.json'));
  const now = stacks.flatMap(([name, text]) => {
    const stack = name.split('/').at(-2)?.replace('acme-media-dev-', '') ?? '';
    const { resource = {}, moved = [] } = JSON.parse(text) as Json;
    return [
      ...Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map((id) => `${type}.${id}`)),
      ...moved.map(({ from }) => from),
    ].map((address) => `${stack}/${address}`);
  });
  expect(recorded.filter((address) => !now.includes(address))).toEqual([]);
});
