import { expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { withStore } from './support/altered-place.ts';
import { describeEachFeed, reasonsOf, unitsOf } from './support/each-feed.ts';
import { DATE } from './support/day-folder.ts';

/** E4: nothing to be read, where something was to be expected or was not. */

describeEachFeed('E4', (day) => {
  test('a day without a delivery is an empty day', async () => {
    const { folder, sample } = day();
    await folder.put(sample.foreignKey(DATE), await day().packed({ good: 1 }));
    const report = await folder.run();
    expect(report).toMatchObject({ incomplete: false, stages: report.stages.map(() => ({ rowsIn: 0 })) });
  });

  test('objects without a byte, of gzip without one, and without a row are recorded, each for what it is', async () => {
    const { folder, sample } = day();
    await day().deliver(1, Buffer.alloc(0));
    await day().deliver(2, gzipSync(''));
    await day().deliver(3, { good: 0 });
    await day().deliver(4, { good: 3 });
    const report = await folder.run();
    const { nothing, noRows } = sample.empty;
    const faults = ['empty-file', nothing, noRows].filter((verdict) => verdict !== 'good').sort();
    expect([report.incomplete, reasonsOf(report)]).toEqual([true, faults]);
    expect(await day().loaded()).toBe(3);
    expect(new Set(unitsOf(await folder.run()))).toEqual(new Set([0]));
    for (const n of [1, 2, 3]) await day().deliver(n, { from: 10 * n, good: 1 });
    expect([(await folder.run()).incomplete, await day().loaded()]).toEqual([false, 6]);
  });

  test('an object that is gone when its turn comes is told, and forgotten with the next run', async () => {
    const { folder, sample } = day();
    await day().deliver(1, { good: 2 });
    await day().deliver(2, { from: 10, good: 3 });
    const gone = sample.key(DATE, 1);
    const report = await folder.run(
      {},
      {
        through: withStore((store) => ({
          async *list(bucket, prefix) {
            for await (const object of store.list(bucket, prefix)) {
              yield object;
              if (`${bucket}/${object.key}` === gone) await rm(folder.path(gone), { force: true });
            }
          },
        })),
      },
    );
    expect([report.incomplete, reasonsOf(report)]).toEqual([true, [sample.gone ?? 'object-not-found']]);
    expect(await day().loaded()).toBe(3);
    expect((await folder.run()).incomplete).toBe(false);
    expect(await day().loaded()).toBe(3);
  });
});
