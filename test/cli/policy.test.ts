import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOST_CHARACTERS } from '../../policies/deployer.ts';
import { call, documentOf } from './terminal.ts';

interface Printed {
  readonly documents: readonly {
    readonly name: string;
    readonly document: { readonly Statement: readonly { readonly Action: string | readonly string[] }[] };
  }[];
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-policy-'));
  const place = { account: '123456789012', region: 'us-east-1' };
  await writeFile(
    join(folder, 'peaches.config.json'),
    JSON.stringify({
      name: 'acme',
      default: 'dev',
      environments: { dev: place, host: { ...place, compute: 'ec2' } },
      feeds: { freewheel: { networkId: '171213' } },
    }),
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const printed = async (...argv: string[]): Promise<Printed> =>
  documentOf(await call(['policy', 'print', ...argv, '--json'], folder)) as Printed;

const actionsOf = ({ documents }: Printed): readonly string[] =>
  documents.flatMap(({ document }) => document.Statement.flatMap(({ Action }) => Action));

test('policy print lists what can be printed', async () => {
  expect(documentOf(await call(['policy', 'print', '--json'], folder))).toMatchObject({
    policies: [{ policy: 'deployer' }, { policy: 'boundary' }],
  });
});

test('the deployer is printed without credentials, in documents that IAM takes, and nothing else is written', async () => {
  const policy = await printed('deployer');
  expect(policy.documents.map(({ name }) => name)).toContain('acme-dev-deployer-1');
  for (const { document } of policy.documents) {
    expect(JSON.stringify(document).length).toBeLessThanOrEqual(MOST_CHARACTERS);
  }
  expect(await readdir(folder)).toEqual(['peaches.config.json']);
});

test('the deployer may make what the stacks hold, and no more', async () => {
  const onEcs = actionsOf(await printed('deployer'));
  const onHost = actionsOf(await printed('deployer', '--env', 'host'));
  expect([onEcs, onHost].map((actions) => actions.includes('states:CreateStateMachine'))).toEqual([
    true,
    false,
  ]);
  expect([onEcs, onHost].map((actions) => actions.includes('ec2:CreateLaunchTemplate'))).toEqual([
    false,
    true,
  ]);
});

test('the boundary is printed as it can be made before all else', async () => {
  const { documents } = await printed('boundary');
  expect(documents).toHaveLength(1);
  expect(JSON.stringify(documents)).toContain('arn:aws:kms:us-east-1:123456789012:key/*');
  expect(actionsOf({ documents }).some((action) => /iam:(?!PassRole)/.test(action))).toBe(false);
});

test('another name is told with those that there are', async () => {
  const { status, stderr } = await call(['policy', 'print', 'deplyer'], folder);
  expect(status).toBe(64);
  expect(stderr).toMatch(/Did you mean deployer\?/);
});
