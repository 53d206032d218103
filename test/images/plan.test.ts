import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planWorkerImage, setOf, type ImagePlan } from '../../images/plan.ts';

const STAND_IN = fileURLToPath(new URL('./stand-in', import.meta.url));
const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'peaches-plan-'));
  await symlink(NODE_MODULES, join(root, 'node_modules'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const plan = (more: { base?: string; sources?: string } = {}): Promise<ImagePlan> =>
  planWorkerImage({ root, platform: 'linux/amd64', sources: STAND_IN, ...more });

describe('the plan of an image', () => {
  test('has the same tag for the same content', async () => {
    const [first, second] = await Promise.all([plan(), plan()]);
    expect(first.tag).toMatch(/^[0-9a-f]{20}$/);
    expect(second.tag).toBe(first.tag);
  });

  test('has another tag for another file, another base, another platform', async () => {
    const sources = join(root, 'changed');
    await cp(STAND_IN, sources, { recursive: true });
    await writeFile(join(sources, 'parts/answer.sql'), 'SELECT 43 AS answer');
    const tags = (await Promise.all([plan(), plan({ sources }), plan({ base: 'elsewhere/node:22' })])).map(
      ({ tag }) => tag,
    );
    expect(new Set(tags).size).toBe(3);
  });

  test('takes its base image by digest unless another is given', async () => {
    expect((await plan()).base).toMatch(/^public\.ecr\.aws\/docker\/library\/node:\S+@sha256:[0-9a-f]{64}$/);
    expect((await plan({ base: 'elsewhere/node:22' })).base).toBe('elsewhere/node:22');
  });

  test('holds the native binding of the platform and nothing of another', async () => {
    const paths = (await plan()).native.map(({ path }) => path);
    expect(paths).toContain('node_modules/@duckdb/node-bindings-linux-x64/duckdb.node');
    expect(paths.every((path) => path.includes('linux-x64'))).toBe(true);
  });
});

describe('a set of platforms', () => {
  test('of one platform has the tag of its image', async () => {
    const only = await plan();
    expect(setOf([only]).tag).toBe(only.tag);
  });

  test('of several has a tag of its own, in whatever order they are named', async () => {
    const amd64 = await plan();
    const arm64: ImagePlan = { ...amd64, platform: 'linux/arm64', tag: 'f'.repeat(20) };
    const { tag } = setOf([amd64, arm64]);
    expect([amd64.tag, arm64.tag]).not.toContain(tag);
    expect(setOf([arm64, amd64]).tag).toBe(tag);
  });
});
