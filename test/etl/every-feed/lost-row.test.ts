import { expect, jest, test } from '@jest/globals';
import type { Load, Row } from '../../../etl/runtime/warehouse.ts';
import { withWarehouse } from './support/altered-place.ts';
import { describeEachFeed, reasonsOf } from './support/each-feed.ts';

/** E26: the check that every row went somewhere is alive: one that is lost on purpose fails the run. */

/** Has a method do nothing at its second call. @returns what ends that */
const losing = (of: object, method: string): (() => void) => {
  const kept = (of as Record<string, (...args: unknown[]) => unknown>)[method];
  let calls = 0;
  const spy = jest.spyOn(of as Record<string, () => unknown>, method).mockImplementation(function (
    this: unknown,
    ...args: unknown[]
  ) {
    calls += 1;
    return calls === 2 ? undefined : kept?.apply(this, args);
  });
  return () => spy.mockRestore();
};

async function* withoutFirst(rows: Load['rows']): AsyncGenerator<Row> {
  let isLost = false;
  for await (const row of rows) {
    if (isLost) yield row;
    isLost = true;
  }
}

describeEachFeed('E26', (day, feed) => {
  test('a row that is lost within a stage fails the run', async () => {
    const { folder, sample } = day();
    await day().deliver(1, { good: 5 });
    for (const stage of Object.keys(feed.stages)) {
      for (const step of sample.rowPath.filter((candidate) => candidate.stage === stage)) {
        const end = losing(step.of, step.method);
        const report = await folder.run({}, { stage }).finally(end);
        expect([stage, report.incomplete, reasonsOf(report)]).toEqual([
          ...[stage, true],
          ['reconciliation-broken'],
        ]);
      }
      await folder.run({}, { stage, version: 'mended' });
    }
    expect(await day().loaded()).toBe(5);
  });

  test('a row that is lost on its way into the warehouse fails the run, and the tables are as they were', async () => {
    const { folder } = day();
    await day().deliver(1, { good: 5 });
    await folder.run();
    const before = (await day().state()).tables;
    await day().deliver(2, { from: 10, good: 5 });
    const losingOne = withWarehouse((warehouse) => ({
      load: (loads, after) =>
        warehouse.load(
          loads.map((load) => ({ ...load, rows: withoutFirst(load.rows) })),
          after,
        ),
    }));
    const report = await folder.run({}, { through: losingOne });
    expect(report.incomplete).toBe(true);
    expect(new Set(reasonsOf(report))).toEqual(new Set(['reconciliation-broken']));
    expect((await day().state()).tables).toEqual(before);
  });
});
