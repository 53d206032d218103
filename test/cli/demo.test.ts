import { expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoFeeds } from '../../cli/demo/demo-feeds.ts';
import { checkFeedParams } from '../../config/feeds.ts';
import { openLocalPlace } from '../../etl/runtime/places/local.ts';
import { runFeed } from '../../etl/runtime/runner.ts';
import { aliasOf } from '../../etl/feed.ts';
import { feeds } from '../../etl/feeds.ts';
import { silent } from '../etl/runtime/support/toy-place.ts';

const DATE = '2026-03-01';

test('the demo shows every feed of the register', () => {
  expect(demoFeeds.map(({ feed }) => feed)).toEqual(feeds);
});

test.each(demoFeeds.map((shown) => [shown.feed.name, shown] as const))(
  'the day of %s lies in the feed’s own and partners’ buckets, runs, and fills every table that is shown',
  async (_, shown) => {
    const { feed, params, tables } = shown;
    const folder = await mkdtemp(join(tmpdir(), 'peaches-demo-'));
    try {
      await shown.layOut(join(folder, 'store'), DATE);
      const buckets = [
        ...Object.keys(feed.buckets).map((bucket) => aliasOf(feed.name, bucket)),
        ...Object.values(feed.external ?? {}).map(({ bucket }) => bucket),
      ];
      expect(buckets).toEqual(expect.arrayContaining(await readdir(join(folder, 'store'))));
      const place = await openLocalPlace(folder, feed);
      const report = await runFeed({
        ...{ feed, date: DATE, place, params: checkFeedParams(feed, params) },
        ...{ log: silent, signal: new AbortController().signal },
      });
      expect(report.incomplete).toBe(false);
      for (const { columns, sql } of tables) {
        const rows = (await place.warehouse?.query(sql)) ?? [];
        expect(rows.length).toBeGreaterThan(1);
        expect(Object.keys(rows[0] ?? {})).toEqual(Object.keys(columns));
      }
      await place.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
