import { expect, test } from '@jest/globals';
import { describeEachFeed, unitsOf } from './support/each-feed.ts';

/** E25: more rows than allowed can't be used. */

describeEachFeed('E25', (day) => {
  test('the run fails before anything is published; mended, each row is loaded once, and a replay does nothing', async () => {
    const { folder } = day();
    await day().deliver(1, { good: 200 });
    await folder.run();
    const before = await day().state();
    await day().deliver(2, { from: 200, good: 180, bad: 20 });
    for (let run = 0; run < 2; run += 1)
      await expect(folder.run()).rejects.toMatchObject({ code: 'REJECT_LIMIT_PASSED' });
    expect((await day().state()).tables).toEqual(before.tables);
    await day().deliver(2, { from: 200, good: 200 });
    await folder.run();
    const after = await day().state();
    expect(await day().loaded()).toBe(400);
    expect(new Set(unitsOf(await folder.run()))).toEqual(new Set([0]));
    expect(await day().state()).toEqual(after);
  });
});
