import { execa } from 'execa';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

/** Builds the command line once for all tests, in a folder of this run, from where packages are found. */
export default async ({ rootDir }) => {
  const cache = join(rootDir, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'peaches-e2e-'));
  await execa('node', ['--import', 'tsx', 'build.ts', '--outdir', folder], { cwd: rootDir });
  process.env.PEACHES_BUILT = join(folder, 'bootstrap.js');
};
