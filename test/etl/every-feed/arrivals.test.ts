import { expect, test } from '@jest/globals';
import { withStore } from './support/altered-place.ts';
import { describeEachFeed, unitsOf } from './support/each-feed.ts';
import { DATE, DayFolder } from './support/day-folder.ts';

/** E2, E3: deliveries that come again, change, come late, in another order, or on an odd day of the calendar. */

const listingTwice = withStore((store) => ({
  async *list(bucket, prefix) {
    for await (const object of store.list(bucket, prefix)) yield* [object, object];
  },
}));

describeEachFeed('E2', (day) => {
  test('an object that is listed twice counts once', async () => {
    await day().deliver(1, { good: 3 });
    await day().folder.run({}, { through: listingTwice });
    expect(await day().loaded()).toBe(3);
  });

  test('a copy under another name counts as the feed has it, and a new version replaces or adds', async () => {
    const { folder, sample } = day();
    const { copy, newVersion } = sample.policy;
    await day().deliver(1, { good: 3 });
    await folder.run();
    await folder.put(sample.copyKey(DATE), await day().packed({ good: 3 }));
    await folder.run();
    const withCopy = copy === 'once' ? 3 : 6;
    expect(await day().loaded()).toBe(withCopy);
    await day().deliver(2, { from: 10, good: 4 });
    await folder.run();
    await day().deliver(2, { from: 20, good: 5 });
    await folder.run();
    expect(await day().loaded()).toBe(withCopy + (newVersion === 'replaces' ? 5 : 9));
    expect(new Set(unitsOf(await folder.run()))).toEqual(new Set([0]));
  });
});

describeEachFeed('E3', (day, feed) => {
  test('deliveries that come late and in another order leave what all at once leave', async () => {
    const rows = (n: number) => ({ from: 10 * n, good: n });
    const atOnce = await DayFolder.open(feed);
    for (const n of [1, 2, 3]) await atOnce.deliver(n, rows(n));
    await atOnce.folder.run();
    const { tables } = await atOnce.state();
    await atOnce.remove();
    for (const n of [3, 1, 2]) {
      await day().deliver(n, rows(n));
      await day().folder.run();
    }
    expect([await day().loaded(), (await day().state()).tables]).toEqual([6, tables]);
  });

  test('the odd days of the calendar are days like others, whichever is run first', async () => {
    const dates = ['2024-02-29', '2023-12-31', '2024-03-31'];
    for (const [index, date] of dates.entries())
      await day().deliver(1, { from: 10 * index, good: index + 1 }, date);
    for (const date of dates.toReversed()) await day().folder.run({}, { date });
    expect(await day().loaded()).toBe(6);
    for (const date of dates)
      expect(new Set(unitsOf(await day().folder.run({}, { date })))).toEqual(new Set([0]));
  });
});
