import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { utimes } from 'node:fs/promises';
import { cmsLite } from '../../../etl/cms-lite/feed.ts';
import { FeedFolder, stageOf } from '../support/feed-folder.ts';
import { filesOf, PARAMS, tgz } from './support/archive.ts';
import { WAREHOUSES, type BesideFolder } from './support/warehouses.ts';

const DATE = '2026-01-15';
const BUCKET = 'cms-lite-archives';
const SEEN = '01/02/2026 10:30';
const person = (id: string, name = 'Ann'): string => `${id},${name},${SEEN}\n`;

describe.each(WAREHOUSES)('into %s', (_name, open) => {
  let folder: FeedFolder;
  let warehouse: BesideFolder;
  let minute = 0;
  beforeEach(() => {
    folder = new FeedFolder(cmsLite, { date: DATE, params: PARAMS });
    warehouse = open(folder);
  });
  afterEach(async () => {
    await warehouse.close();
    await folder.remove();
  });

  const deliver = async (name: string, people: string): Promise<void> => {
    const path = `${BUCKET}/client/cmslite_gdx/${name}`;
    await folder.put(path, await tgz(filesOf(people)));
    minute += 60;
    await utimes(folder.path(path), 1_700_000_000 + minute, 1_700_000_000 + minute);
  };
  const run = (params: object, date = DATE) =>
    folder.run(params as Record<string, unknown>, { date, through: warehouse.through });
  const rows = async (sql: string): Promise<unknown> =>
    (await warehouse.query(sql)).map((row) => Object.values(row));
  const where = (place: string) => folder.files(`${BUCKET}/processed/${place}/client/cmslite_gdx/`);

  describe('sql_query', () => {
    const sql_query = `
      -- names in capitals; what was seen is counted
      UPDATE cmslite.people SET name = upper(name);
      DROP TABLE IF EXISTS cmslite.counts;
      CREATE TABLE cmslite.counts AS SELECT count(*) AS n FROM cmslite.people`;

    test('runs when the tables are loaded, once an archive, and again when it has changed', async () => {
      await deliver('a.tgz', person('1') + person('2', 'Bob'));
      expect((await run({ sql_query })).incomplete).toBe(false);
      expect(await rows('SELECT id, name FROM cmslite.people ORDER BY id')).toEqual([
        ['1', 'ANN'],
        ['2', 'BOB'],
      ]);
      expect(await rows('SELECT CAST(n AS varchar) FROM cmslite.counts')).toEqual([['2']]);
      expect((await run({ sql_query })).stages.map(({ units }) => units)).toEqual([0, 0]);
      const other = `UPDATE cmslite.people SET name = name || '!'`;
      await run({ sql_query: other });
      expect(await rows('SELECT name FROM cmslite.people ORDER BY id')).toEqual([['Ann!'], ['Bob!']]);
      await deliver('b.tgz', person('3', 'Cy'));
      await run({ sql_query: other }, '2026-01-16');
      expect(await rows('SELECT name FROM cmslite.people')).toEqual([['Cy!']]);
    });

    test('runs once an archive where archives are added', async () => {
      const add = { truncate: false, sql_query: `UPDATE cmslite.people SET name = name || '!'` };
      await deliver('a.tgz', person('1'));
      await deliver('b.tgz', person('2'));
      await run(add);
      await run({ ...add, sql_query: `${add.sql_query} WHERE true` });
      expect(await rows('SELECT id, name FROM cmslite.people ORDER BY id')).toEqual([
        ['1', 'Ann!!'],
        ['2', 'Ann!'],
      ]);
    });

    test('that fails leaves everything as it was, and the archive is bad; mended, it is loaded', async () => {
      await deliver('a.tgz', person('1'));
      await run({ sql_query });
      await deliver('b.tgz', person('2'));
      const bad = `${sql_query}; UPDATE cmslite.nowhere SET name = ''`;
      const report = await run({ sql_query: bad });
      expect(stageOf(report, 'load').failures).toMatchObject([
        {
          unit: 'b.tgz',
          reason: 'follow-up-failed',
          detail: expect.stringMatching(/Statement 4 .*nowhere/su),
        },
      ]);
      expect(await rows('SELECT id, name FROM cmslite.people')).toEqual([['1', 'ANN']]);
      expect([await where('good'), await where('bad')]).toEqual([['a.tgz'], ['b.tgz']]);
      expect(await folder.json(`${BUCKET}/processed/records/client/cmslite_gdx/b.tgz.json`)).toMatchObject({
        outcome: 'bad',
        failure: { stage: 'load', reason: 'follow-up-failed' },
      });
      const again = await run({ sql_query: bad });
      expect([again.incomplete, stageOf(again, 'load').units]).toEqual([true, 0]);
      expect((await run({ sql_query })).incomplete).toBe(false);
      expect(await rows('SELECT id, name FROM cmslite.people')).toEqual([['2', 'ANN']]);
      expect([await where('good'), await where('bad')]).toEqual([['a.tgz', 'b.tgz'], []]);
    });
  });

  describe('ldb_sku', () => {
    const files = { ...PARAMS.files, people: { ...PARAMS.files.people, ldb_sku: true } };
    const keep = { truncate: false, files };
    const kept = () =>
      rows(`SELECT id, name, CAST(date_added AS varchar) AS added, CAST(date_removed AS varchar) AS removed,
        data_status FROM cmslite.people ORDER BY id`);

    test('keeps one row a key: dates tell when it came and when it went', async () => {
      await deliver('a.tgz', person('1', 'Ann') + person('2', 'Bob'));
      await run(keep);
      expect(await kept()).toEqual([
        ['1', 'Ann', DATE, null, 'old'],
        ['2', 'Bob', DATE, null, 'old'],
      ]);
      await deliver('b.tgz', person('2', 'Rob') + person('3', 'Cy'));
      await run(keep, '2026-01-16');
      const after = [
        ['1', 'Ann', DATE, '2026-01-16', 'old'],
        ['2', 'Rob', DATE, null, 'old'],
        ['3', 'Cy', '2026-01-16', null, 'old'],
      ];
      expect(await kept()).toEqual(after);
      expect((await run(keep, '2026-01-16')).stages.map(({ units }) => units)).toEqual([0, 0]);
      await deliver('c.tgz', person('1', 'Ann') + person('3', 'Cy'));
      await run(keep, '2026-01-17');
      expect(await kept()).toEqual([
        ['1', 'Ann', DATE, null, 'old'],
        ['2', 'Rob', DATE, '2026-01-17', 'old'],
        ['3', 'Cy', '2026-01-16', null, 'old'],
      ]);
      const places = await warehouse.query('SELECT * FROM cmslite.places');
      expect(places.map((place) => Object.keys(place))).toEqual(Array(3).fill(['id', 'name']));
    });

    test('an archive in which a key repeats is bad, and nothing has changed', async () => {
      await deliver('a.tgz', person('1'));
      await run(keep);
      await deliver('b.tgz', person('2') + person('2', 'Bob'));
      expect(stageOf(await run(keep), 'load').failures).toMatchObject([
        { reason: 'follow-up-failed', detail: expect.stringContaining('id repeats in people') },
      ]);
      expect(await kept()).toEqual([['1', 'Ann', DATE, null, 'old']]);
      expect(await where('bad')).toEqual(['b.tgz']);
    });

    test('a row without a key is rejected', async () => {
      await deliver('a.tgz', `${person('1')},Nobody,${SEEN}\n`);
      expect(stageOf(await run(keep), 'unpack').rejected).toEqual({ 'value-missing': 1 });
      expect(await kept()).toEqual([['1', 'Ann', DATE, null, 'old']]);
    });

    test('leaves the keeping to sql_query where there is one', async () => {
      await deliver('a.tgz', person('1'));
      await run({ ...keep, sql_query: `UPDATE cmslite.people SET data_status = 'own'` });
      expect(await kept()).toEqual([['1', 'Ann', null, null, 'own']]);
    });
  });
});
