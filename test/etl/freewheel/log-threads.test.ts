import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readLog, type LogTask } from '../../../etl/freewheel/log-reading.ts';
import { LogThreads } from '../../../etl/freewheel/log-threads.ts';
import { rawFile } from '../../../etl/freewheel/raw-bytes.ts';
import { csv, slot } from './support/log.ts';

let folder: string;
let stop: AbortController;
let threads: LogThreads;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-threads-'));
  stop = new AbortController();
  threads = new LogThreads(stop.signal);
});
afterEach(async () => {
  await threads.close();
  await rm(folder, { recursive: true });
});

/** A log that is worth a thread: every tenth row is no slot, every hundredth one that is rejected. */
const LOG = csv(
  Array.from({ length: 20_000 }, (_, k) =>
    slot({
      TransactionId: `${(k * 2_654_435_761) % 4_294_967_296}-${k}`,
      EventName: k % 10 === 1 ? 'complete' : 'slotImpression',
      MaxAds: k % 100 === 2 ? 'many' : 3,
    }),
  ),
);

const taskOf = async (name: string, bytes: Buffer): Promise<LogTask> => {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { id: name, path, lines: `${path}.lines`, rejections: `${path}.rejections` };
};

test('threads read what this thread reads', async () => {
  const tasks = await Promise.all(['a.gz', 'b.gz', 'c.gz'].map((name) => taskOf(name, gzipSync(LOG))));
  expect((await stat(tasks[0]!.path)).size).toBeGreaterThan(1 << 16);
  const readings = await Promise.all(tasks.map((task) => threads.read(task)));
  const here = await taskOf('here.gz', gzipSync(LOG));
  const expected = await readLog(here, rawFile(here.id, here.path));
  expect(expected).toMatchObject({
    rows: 20_000,
    slots: 17_800,
    rejectedByReason: { 'not-a-whole-number': 200 },
  });
  const lines = await readFile(here.lines);
  for (const [k, reading] of readings.entries()) {
    expect(reading).toEqual(expected);
    expect((await readFile(tasks[k]!.lines)).equals(lines)).toBe(true);
  }
});

test('what is wrong with a log is thrown with all its facts', async () => {
  const whole = gzipSync(LOG);
  const cut = await taskOf('cut.gz', whole.subarray(0, whole.length - 9));
  await expect(threads.read(cut)).rejects.toMatchObject({
    code: 'GZIP_TRUNCATED',
    details: { file: 'cut.gz' },
  });
  await expect(threads.read(await taskOf('next.gz', whole))).resolves.toMatchObject({ slots: 17_800 });
});

test('a run that is asked to end does not wait for its threads', async () => {
  const reading = threads.read(await taskOf('a.gz', gzipSync(LOG)));
  stop.abort();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
});
