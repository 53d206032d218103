import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { failed } from '../../../errors/errors.ts';
import { withStore } from '../every-feed/support/altered-place.ts';
import { stageOf } from '../support/feed-folder.ts';
import { DATE, FreewheelFolder } from './support/day.ts';
import { csv, gzipped, slot, WORKED_EXAMPLE } from './support/log.ts';

/** E2, E7: a log that comes again under another name counts once. */

let folder: FreewheelFolder;
beforeEach(() => {
  folder = new FreewheelFolder();
});
afterEach(() => folder.remove());

const RAW = `freewheel-logs/raw/date=${DATE}/`;
const SLOTS = `freewheel-logs/slots/date=${DATE}/`;
const log = gzipped(csv(WORKED_EXAMPLE));
const parquets = async (): Promise<readonly string[]> =>
  (await folder.files(SLOTS)).filter((name) => name.endsWith('.parquet'));
const other = gzipped(csv([slot({ TransactionId: 'T3', SeriesId: 'S3' })]));

const summary = () => folder.document(`filtered/class=midroll/date=${DATE}/summary.json`);
const breaks = async (): Promise<number> => {
  const sum = `SELECT sum(breaks)::INT AS breaks FROM freewheel_capacity WHERE dimension = 'series'`;
  const [row] = await folder.query(sum);
  return row?.['breaks'] as number;
};
const copyOf = (copy: string, original: string): string =>
  `${copy} is a copy of ${original}: only that one counts.`;

/** A folder's store in which reading an object of that name fails before it begins. */
const readingFails = (name: string, fail: () => Promise<void>) =>
  withStore((store) => ({
    async get(bucket, key) {
      if (key.endsWith(`raw/date=${DATE}/${name}`)) await fail();
      return store.get(bucket, key);
    },
  }));

describe('a copy', () => {
  test('at once with its original has no slots, and is told of', async () => {
    for (const name of ['c', 'a', 'b']) await folder.deliver(`${name}.csv.gz`, log);
    const report = await folder.run();
    expect(stageOf(report, 'slots')).toMatchObject({ units: 3, unitsFailed: 0, rowsIn: 3, rowsOut: 3 });
    expect(new Set(stageOf(report, 'slots').notes)).toEqual(
      new Set([copyOf('b.csv.gz', 'a.csv.gz'), copyOf('c.csv.gz', 'a.csv.gz')]),
    );
    expect(await parquets()).toEqual(['a.csv.parquet']);
    expect(await summary()).toMatchObject({ files: 1, slots: 3 });
    expect(await breaks()).toBe(3);
  });

  test('that comes later changes no figure, and is not read again by the next run', async () => {
    await folder.deliver('a.csv.gz', log);
    await folder.run();
    await folder.deliver('b.csv.gz', log);
    const second = await folder.run();
    expect(second.stages.map(({ units }) => units)).toEqual([1, 1, 0, 0, 0, 0]);
    const third = await folder.run({}, { through: readingFails('a.csv.gz', () => Promise.reject(Error())) });
    expect(third.stages.map(({ units }) => units)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await breaks()).toBe(3);
  });

  test('whose original comes later, by an earlier name, leaves what both at once leave', async () => {
    await folder.deliver('b.csv.gz', log);
    await folder.run();
    await folder.deliver('a.csv.gz', log);
    expect(stageOf(await folder.run(), 'slots')).toMatchObject({
      units: 2,
      notes: [copyOf('b.csv.gz', 'a.csv.gz')],
    });
    expect(await parquets()).toEqual(['a.csv.parquet']);
    expect([(await summary())['slots'], await breaks()]).toEqual([3, 3]);
    expect((await folder.run()).stages.map(({ units }) => units)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('counts when another log takes the place of its original, or its own', async () => {
    for (const name of ['a', 'b', 'c']) await folder.deliver(`${name}.csv.gz`, log);
    await folder.run();
    await folder.deliver('a.csv.gz', other);
    await folder.run();
    expect(await parquets()).toEqual(['a.csv.parquet', 'b.csv.parquet']);
    expect(await breaks()).toBe(4);
    await folder.deliver('c.csv.gz', gzipped(csv([slot({ TransactionId: 'T4' }), slot()])));
    await folder.run();
    expect(await breaks()).toBe(6);
    await folder.deliver('b.csv.gz', other);
    await folder.run();
    expect(await parquets()).toEqual(['a.csv.parquet', 'c.csv.parquet']);
    expect(await breaks()).toBe(3);
  });

  test('counts once also when raw files are kept in another format before the original comes', async () => {
    await folder.deliver('b.csv.gz', log);
    await folder.run();
    await folder.deliver('a.csv.gz', log);
    await folder.run({ rawFormat: 'csv' });
    expect(await parquets()).toEqual(['a.csv.parquet']);
    expect(await breaks()).toBe(3);
    await folder.run();
    expect(await parquets()).toEqual(['a.csv.parquet']);
    expect(await breaks()).toBe(3);
  });

  test('counts no second time when the raw file of its original is removed, but with its slots', async () => {
    for (const name of ['a', 'b', 'c']) await folder.put(`${RAW}${name}.csv.gz`, log);
    await folder.deliver('d.csv.gz', other);
    await folder.run();
    await rm(folder.path(`${RAW}a.csv.gz`));
    for (let again = 0; again < 2; again++) {
      await folder.run();
      expect(await parquets()).toEqual(['a.csv.parquet', 'd.csv.parquet']);
      expect(await breaks()).toBe(4);
    }
    await rm(folder.path(`${RAW}b.csv.gz`));
    await folder.run();
    expect(await breaks()).toBe(4);
    await rm(folder.path(`${SLOTS}a.csv.parquet`));
    await folder.put(`${RAW}c.csv.gz`, log);
    await folder.run();
    expect(await parquets()).toEqual(['c.csv.parquet', 'd.csv.parquet']);
    expect(await breaks()).toBe(4);
  });

  test('of a damaged log is judged by itself once the original is mended', async () => {
    const damaged = log.subarray(0, log.length - 20);
    for (const name of ['a', 'b']) await folder.deliver(`${name}.csv.gz`, damaged);
    const failures = async () => stageOf(await folder.run(), 'slots').failures.map(({ unit }) => unit);
    expect(await failures()).toEqual(['a.csv.gz']);
    await folder.deliver('a.csv.gz', log);
    expect(await failures()).toEqual(['b.csv.gz']);
    await folder.deliver('b.csv.gz', log);
    expect(await failures()).toEqual([]);
    expect(await breaks()).toBe(3);
  });
});

describe('no copy', () => {
  test('E7: a log of the same size with the same transactions counts, and is read no second time', async () => {
    const text = csv(WORKED_EXAMPLE);
    await folder.put(`${RAW}a.csv`, text);
    await folder.put(`${RAW}b.csv`, text.replace('visitor-7', 'visitor-8'));
    await folder.deliver('c.csv.gz', other);
    expect(stageOf(await folder.run(), 'slots')).toMatchObject({ rowsOut: 7, notes: [] });
    expect(await breaks()).toBe(7);
    const again = await folder.run({}, { through: readingFails('b.csv', () => Promise.reject(Error())) });
    expect(again.stages.map(({ units }) => units)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('logs of sizes of their own are read once', async () => {
    await folder.put(`${RAW}a.csv.gz`, log);
    await folder.put(`${RAW}b.csv.gz`, other);
    const report = await folder.run({}, { stage: 'slots' });
    expect(stageOf(report, 'slots').bytesIn).toBe(log.length + other.length);
  });

  test('a log whose original vanishes while it is compared', async () => {
    for (const name of ['a', 'b']) await folder.put(`${RAW}${name}.csv.gz`, log);
    const vanishing = readingFails('a.csv.gz', () => rm(folder.path(`${RAW}a.csv.gz`), { force: true }));
    await folder.run({}, { stage: 'slots', through: vanishing });
    expect(await parquets()).toContain('b.csv.parquet');
  });

  test('a reading that fails once is done again', async () => {
    for (const name of ['a', 'b']) await folder.put(`${RAW}${name}.csv.gz`, log);
    let left = 1;
    const failsOnce = readingFails('a.csv.gz', () => {
      if (left-- > 0) {
        const busy = { code: 'SERVICE_UNAVAILABLE', message: 'The store is busy.', hint: 'Try again later.' };
        return Promise.reject(failed(busy));
      }
      return Promise.resolve();
    });
    const report = await folder.run({}, { stage: 'slots', through: failsOnce });
    expect(stageOf(report, 'slots')).toMatchObject({
      unitsFailed: 0,
      notes: [copyOf('b.csv.gz', 'a.csv.gz')],
    });
    expect(await parquets()).toEqual(['a.csv.parquet']);
  });
});
