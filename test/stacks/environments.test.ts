import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, resolveEnvironment } from '../../config/load.ts';
import { feeds } from '../../etl/feeds.ts';
import { synthesize } from '../../stacks/synthesize.ts';

const CONFIG = {
  name: 'acme',
  environments: {
    dev: { account: '123456789012', region: 'eu-west-1', target: 'aws' },
    // In the same account and region, so that nothing but the name keeps them apart.
    prod: { extends: 'dev', protected: true },
  },
  feeds: { freewheel: { networkId: '171213' } },
};

interface Stack {
  readonly terraform: {
    readonly backend: { readonly s3: { readonly bucket: string; readonly key: string } };
  };
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

describe('an environment that inherits from another', () => {
  let root: string;
  const texts = new Map<string, readonly string[]>();
  const stacksOf = (name: string): Stack[] =>
    (texts.get(name) ?? []).map((text) => JSON.parse(text) as Stack);

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-environments-'));
    const file = join(root, 'peaches.config.json');
    await writeFile(file, JSON.stringify(CONFIG));
    const config = await loadConfig(file, feeds);
    for (const env of ['dev', 'prod']) {
      const stacks = await synthesize(resolveEnvironment(config, { env }), { outdir: join(root, env) });
      const written = stacks.map(({ folder }) => readFile(join(folder, 'cdk.tf.json'), 'utf8'));
      texts.set(env, await Promise.all(written));
    }
  });
  afterAll(() => rm(root, { recursive: true }));

  test('has a state key of its own for every stack', () => {
    const keys = ['dev', 'prod'].flatMap((name) =>
      stacksOf(name).map(({ terraform }) => terraform.backend.s3.key),
    );
    expect(keys).toEqual([
      'acme/dev/foundation.tfstate',
      'acme/dev/freewheel.tfstate',
      'acme/prod/foundation.tfstate',
      'acme/prod/freewheel.tfstate',
    ]);
  });

  test('has names of its own, and speaks of nothing that is the other’s', () => {
    for (const [name, other] of [
      ['dev', 'prod'],
      ['prod', 'dev'],
    ] as const) {
      for (const text of texts.get(name) ?? []) {
        expect(text).toContain(`acme-${name}`);
        expect(text).not.toMatch(new RegExp(`acme[-/]${other}\\b`));
      }
    }
  });

  test('bounds its roles by a boundary of its own', () => {
    for (const name of ['dev', 'prod']) {
      const [foundation, feed] = stacksOf(name);
      expect(foundation!.resource['aws_iam_policy']?.['boundary']?.['name']).toBe(`acme-${name}-boundary`);
      const bounds = [foundation!, feed!].flatMap(({ resource }) =>
        Object.values(resource['aws_iam_role'] ?? {}).map((role) => role['permissions_boundary']),
      );
      expect(bounds.length).toBeGreaterThan(5);
      expect(new Set(bounds)).toEqual(
        new Set(['${aws_iam_policy.boundary.arn}', `arn:aws:iam::123456789012:policy/acme-${name}-boundary`]),
      );
    }
  });
});
