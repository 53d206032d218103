import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleWorker } from '../../images/bundle.ts';

const STAND_IN = fileURLToPath(new URL('./stand-in', import.meta.url));
const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const ETL = fileURLToPath(new URL('../../etl', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-bundle-'));
  await symlink(NODE_MODULES, join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const copyOfStandIn = async (name: string): Promise<string> => {
  const copy = join(folder, name);
  await cp(STAND_IN, copy, { recursive: true });
  return copy;
};

describe('the bundle', () => {
  test('runs away from the sources: threads, files that are read and native code are found', async () => {
    const out = join(folder, 'out');
    for (const [path, bytes] of await bundleWorker(STAND_IN)) {
      await mkdir(dirname(join(out, path)), { recursive: true });
      await writeFile(join(out, path), bytes);
    }
    const run = async (stage: string): Promise<string> =>
      (await promisify(execFile)(process.execPath, [join(out, 'worker.mjs'), stage])).stdout.trim();
    expect(await run('thread')).toBe('from a thread');
    expect(await run('query')).toBe('[{"answer":42}]');
  });

  test('is the same bytes wherever the checkout lies', async () => {
    const checkout = async (name: string): Promise<string> => {
      const sources = join(folder, name, 'etl');
      await mkdir(sources, { recursive: true });
      await writeFile(join(folder, name, 'package.json'), '{"type":"module"}');
      await writeFile(join(sources, 'worker.ts'), "import { word } from './word.ts';\nconsole.log(word);\n");
      await writeFile(join(sources, 'word.ts'), "export const word: string = 'hello';\n");
      return sources;
    };
    const [here, there] = await Promise.all(
      ['here', 'far/away'].map(async (name) => bundleWorker(await checkout(name))),
    );
    expect([...(there ?? [])]).toEqual([...(here ?? [])]);
    expect([...(here ?? new Map<string, Uint8Array>()).keys()]).toEqual(['worker.mjs']);
  });

  test('names file and line of what can not be bundled', async () => {
    const broken = await copyOfStandIn('broken');
    await writeFile(join(broken, 'parts/query.ts'), 'export const query = (;\n');
    await expect(bundleWorker(broken)).rejects.toMatchObject({
      code: 'BUNDLE_FAILED',
      message: expect.stringContaining('parts/query.ts:1'),
    });
  });

  test('names the file that reads another by a path that nobody can tell', async () => {
    const copy = await copyOfStandIn('untold');
    await writeFile(
      join(copy, 'stray.ts'),
      'export const of = (n: string) => new URL(`./${n}.sql`, import.meta.url);\n',
    );
    await expect(bundleWorker(copy)).rejects.toMatchObject({
      code: 'BUNDLE_FAILED',
      details: { file: 'stray.ts' },
    });
  });

  test('of the feeds holds their SQL and no part of the command line or of the stacks', async () => {
    const files = await bundleWorker(ETL);
    expect([...files.keys()]).toContain('freewheel.sql.summary.sql');
    const code = Buffer.from(files.get('worker.mjs') ?? '').toString();
    for (const foreign of ['cdktf', 'commander', 'inquirer', 'listr2', 'esbuild']) {
      expect(code).not.toContain(`node_modules/${foreign}/`);
    }
  });
});
