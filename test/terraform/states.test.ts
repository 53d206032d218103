import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { standingStacks } from '../../terraform/states.ts';

const scope = {
  project: 'acme',
  name: 'dev',
  account: '123456789012',
  region: 'us-east-1',
  target: 'sandbox',
} as const;

const stateOf = (...names: string[]): string =>
  JSON.stringify({
    resources: [
      { mode: 'data', type: 'aws_region', name: 'here', instances: [{ attributes: {} }] },
      ...names.map((name) => ({
        mode: 'managed',
        type: 'aws_sqs_queue',
        name,
        instances: [{ attributes: {} }],
      })),
    ],
  });

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'states-'));
  const folder = join(root, '.peaches', 'dev', 'state');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'acme-dev-foundation.tfstate'), stateOf('a', 'b'));
  await writeFile(join(folder, 'acme-dev-foundation.tfstate.backup'), stateOf('a'));
  await writeFile(join(folder, 'acme-dev-cms-lite.tfstate'), stateOf('a'));
  await writeFile(join(folder, 'acme-dev-fastly.tfstate'), stateOf());
  await writeFile(join(folder, 'acme-prod-foundation.tfstate'), stateOf('a'));
  await writeFile(join(folder, 'acme-dev-freewheel.tfstate'), '');
});
afterAll(async () => rm(root, { recursive: true, force: true }));

test('stacks stand whose state knows resources; copies, other environments and what is destroyed do not', async () => {
  expect(Object.fromEntries(await standingStacks(scope, root, {}))).toEqual({ foundation: 2, 'cms-lite': 1 });
});

test('an environment that was never applied has none', async () => {
  expect((await standingStacks({ ...scope, name: 'other' }, root, {})).size).toBe(0);
});
