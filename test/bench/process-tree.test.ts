import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from '../../bench/process-tree.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peaches-measure-'));
});
afterEach(() => rm(dir, { recursive: true }));

const sh = (script: string) => ({ file: 'sh', args: ['-c', script] });
const HOG = `const hog = Buffer.alloc(80 * 2 ** 20, 1); while (process.cpuUsage().user < 400_000); console.log(hog.length)`;

test('memory and CPU time of children count', async () => {
  const log = join(dir, 'log');
  const script = `"${process.execPath}" -e '${HOG}'; sleep 0.3`;
  const { cpuSeconds, peakMiB } = await measure(sh(script), dir, log);
  expect(peakMiB).toBeGreaterThan(80);
  expect(cpuSeconds).toBeGreaterThan(0.35);
  expect(await readFile(log, 'utf8')).toBe(`${80 * 2 ** 20}\n`);
});

test('a program that fails ends the benchmark', async () => {
  await expect(measure(sh('exit 3'), dir, join(dir, 'log'))).rejects.toMatchObject({
    code: 'BENCH_RUN_FAILED',
  });
});
