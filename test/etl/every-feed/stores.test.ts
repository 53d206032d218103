import { expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { busy } from '../../../errors/errors.ts';
import { accessDenied, transferBroken } from '../../../etl/runtime/store-errors.ts';
import type { Place, RunReport } from '../../../etl/runtime/run.ts';
import { withStore, withWarehouse } from './support/altered-place.ts';
import { describeEachFeed, unitsOf } from './support/each-feed.ts';
import { DATE, DayFolder } from './support/day-folder.ts';

/** E13 to E15: store and warehouse fail on the way, and others load at the same time. */

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const lost = (): Error =>
  busy({ code: 'SERVICE_UNAVAILABLE', message: 'The connection was lost.', hint: 'Run again.' });

/** Gives half of an object, the first time. */
const breakingOff = (path: string) =>
  withStore((store) => {
    let isBroken = false;
    return {
      async get(bucket, key) {
        const found = await store.get(bucket, key);
        if (isBroken || `${bucket}/${key}` !== path) return found;
        isBroken = true;
        const bytes = await buffer(found.body);
        const half = async function* () {
          yield await Promise.resolve(bytes.subarray(0, bytes.length / 2));
          throw transferBroken(bucket, key, 'the connection was lost');
        };
        return { ...found, body: Readable.from(half(), { objectMode: false }) };
      },
    };
  });

const denying = withStore((store) => ({
  put: (bucket, key, body, condition) =>
    bucket === 'operations'
      ? store.put(bucket, key, body, condition)
      : Promise.reject(accessDenied(bucket, key, 'Allow it.')),
}));

describeEachFeed('E13', (day) => {
  test('a transfer that breaks off is made again; nothing is taken for the end', async () => {
    const { folder, sample } = day();
    await day().deliver(1, { good: 30 });
    const path = sample.key(DATE, 1);
    const report = await folder.run({}, { through: breakingOff(path) });
    expect([report.incomplete, await day().loaded()]).toEqual([false, 30]);
  });

  test('where writing is denied the run stops and holds it against nobody', async () => {
    const { folder } = day();
    await day().deliver(1, { good: 3 });
    const denied = folder.run({}, { through: denying });
    await expect(denied).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect([(await folder.run()).incomplete, await day().loaded()]).toEqual([false, 3]);
  });
});

describeEachFeed('E14', (day) => {
  test('a load that can not be sent leaves the tables as they were, and is made up for by the next run', async () => {
    const { folder } = day();
    await day().deliver(1, { good: 3 });
    await folder.run();
    await day().deliver(2, { from: 10, good: 4 });
    const report = await folder.run(
      {},
      { through: withWarehouse(() => ({ load: () => Promise.reject(lost()) })) },
    );
    expect([report.incomplete, await day().loaded()]).toEqual([true, 3]);
    expect([(await folder.run()).incomplete, await day().loaded()]).toEqual([false, 7]);
  });

  test('a load whose answer is lost after the commit counts once', async () => {
    await day().deliver(1, { good: 3 });
    let isLost = false;
    const losing = withWarehouse((warehouse) => ({
      async load(loads, after) {
        const results = await warehouse.load(loads, after);
        if (isLost) return results;
        isLost = true;
        throw lost();
      },
    }));
    const report = await day().folder.run({}, { through: losing });
    expect([report.incomplete, await day().loaded()]).toEqual([false, 3]);
  });
});

describeEachFeed('E15', (day, feed) => {
  test('of two runs at once one works each unit, and the other leaves it to it', async () => {
    const { folder } = day();
    for (const n of [1, 2]) await day().deliver(n, { from: 10 * n, good: n });
    let shared: Place | undefined;
    let second: Promise<RunReport> | undefined;
    const first = folder.run(
      {},
      {
        through: (place) => {
          shared = place;
          second = folder.run({}, { through: () => place });
          return place;
        },
      },
    );
    const reports = [await first, await second];
    await shared?.close();
    const worked = reports.map((report) => (report === undefined ? [] : unitsOf(report)));
    const alone = await DayFolder.open(feed);
    for (const n of [1, 2]) await alone.deliver(n, { from: 10 * n, good: n });
    const expected = unitsOf(await alone.folder.run());
    expect(expected.map((_units, stage) => sum(worked.map((units) => units[stage] ?? 0)))).toEqual(expected);
    expect([await day().loaded(), (await day().state()).tables]).toEqual([3, (await alone.state()).tables]);
    await alone.remove();
  });
});
