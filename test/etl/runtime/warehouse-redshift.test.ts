import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gunzipSync, gzipSync } from 'node:zlib';
import { RedshiftWarehouse } from '../../../etl/runtime/warehouse-redshift.ts';
import type { Load } from '../../../etl/runtime/warehouse.ts';
import { RedshiftEmulator, wiring } from './support/redshift-emulator.ts';
import { capacity } from './support/warehouse-suite.ts';

const load: Load = {
  ...{ table: capacity, batch: 'b1', scope: { date: '2026-02-28' } },
  rows: [
    {
      ...{ date: '2026-02-28', id: `a'"`, breaks: 9007199254740993n, share: 0.5 },
      seen: new Date('2026-02-28T12:00:00Z'),
    },
    { date: '2026-02-28', id: 'b', breaks: 1, share: null, seen: null },
  ],
};

const sideTable = { ...capacity, name: 'side' };

describe('a load into Redshift', () => {
  let redshift: RedshiftEmulator;
  let warehouse: RedshiftWarehouse;

  beforeEach(async () => {
    redshift = new RedshiftEmulator();
    warehouse = new RedshiftWarehouse(wiring, redshift.doors);
    await warehouse.migrate([capacity, sideTable]);
    redshift.batches.length = 0;
  });
  afterEach(() => redshift.close());

  const ids = async () => (await warehouse.query('SELECT id FROM capacity ORDER BY id')).map(({ id }) => id);

  /** Gives the parts of the load other lines before COPY reads them. */
  const rewriting = (change: (lines: string) => string) => ({
    beforeCopy(objects: Map<string, Buffer>) {
      for (const [key, body] of objects)
        if (key.endsWith('.gz')) objects.set(key, gzipSync(change(gunzipSync(body).toString())));
    },
  });

  test('stages the rows, lists them as mandatory, runs one transaction and cleans up', async () => {
    expect(await warehouse.load([load])).toEqual([{ loaded: true, rows: 2, added: 2 }]);
    const [part, manifest] = [...redshift.everPut.values()];
    expect(gunzipSync(part!).toString()).toBe(
      `{"peaches_row":1,"date":"2026-02-28","id":"a'\\"","breaks":"9007199254740993","share":"0.5","seen":"2026-02-28 12:00:00.000000"}\n` +
        `{"peaches_row":2,"date":"2026-02-28","id":"b","breaks":"1","share":null,"seen":null}\n`,
    );
    const [key] = redshift.everPut.keys();
    expect(key).toMatch(/^load\/demo\/capacity\/[0-9a-f]{16}\/part-00000\.json\.gz$/u);
    expect(JSON.parse(manifest!.toString())).toEqual({
      entries: [{ url: `s3://staging/${key!}`, mandatory: true }],
    });
    expect(redshift.batches).toHaveLength(1);
    expect(redshift.objects.size).toBe(0);
  });

  test('of a batch that is there stages nothing and changes nothing', async () => {
    await warehouse.load([load]);
    redshift.everPut.clear();
    expect(await warehouse.load([load])).toEqual([{ loaded: false, rows: 2, added: 2 }]);
    expect(redshift.batches).toHaveLength(1);
    expect(redshift.everPut.size).toBe(0);
  });

  test('of a row that no COPY reads is refused, and leaves nothing in the bucket', async () => {
    const wide = {
      name: 'wide',
      columns: Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [`c${index}`, 'varchar(65535)' as const]),
      ),
      key: [],
    };
    const row = Object.fromEntries(Object.keys(wide.columns).map((name) => [name, '|'.repeat(65_535)]));
    const rows = [row];
    await expect(warehouse.load([{ table: wide, batch: '1', scope: {}, rows }])).rejects.toMatchObject({
      ...{ code: 'LOAD_INVALID', details: { row: 1 } },
    });
    expect(redshift.objects.size).toBe(0);
  });

  describe('E14', () => {
    test('a connection lost after the commit: the manifest row tells that it was committed', async () => {
      redshift.faults = { afterEnd: () => new Error('the line is dead') };
      expect(await warehouse.load([load])).toEqual([{ loaded: true, rows: 2, added: 2 }]);
      expect(await ids()).toEqual([`a'"`, 'b']);
      expect(redshift.batches).toHaveLength(1);
    });

    test('a connection lost before the commit: the manifest row tells that it was not', async () => {
      redshift.faults = { beforeCommit: () => 'gone', afterEnd: () => new Error('the line is dead') };
      await expect(warehouse.load([load])).rejects.toThrow('the line is dead');
      expect(await ids()).toEqual([]);
      expect(redshift.objects.size).toBe(0);
    });

    test('COPY fails on the second row: nothing is loaded, and the row is told', async () => {
      redshift.faults = rewriting((lines) => lines.replace('"id":"b"', '"id":"far too long"'));
      await expect(warehouse.load([load])).rejects.toMatchObject({
        code: 'WAREHOUSE_FAILED',
        details: {
          rows: [
            {
              file_name: expect.stringContaining('part-00000'),
              ...{ line_number: 2, column_name: 'id', error_message: 'String length exceeds DDL length' },
            },
          ],
        },
      });
      expect(await ids()).toEqual([]);
      expect(redshift.objects.size).toBe(0);
    });

    test.each<[string, (lines: string) => string]>([
      ['a row less than were staged', (lines) => lines.split('\n').slice(1).join('\n')],
      ['a row twice', (lines) => lines + lines],
      ['a value taken for NULL', (lines) => lines.replace('"id":"b"', '"id":null')],
      ['a name in other letters', (lines) => lines.replaceAll('"id"', '"ID"')],
      ['a number too large', (lines) => lines.replace('"breaks":"1"', '"breaks":"9223372036854775808"')],
      ['a NUL', (lines) => lines.replace('"id":"b"', '"id":"\\u0000"')],
    ])('COPY reads %s: nothing is loaded', async (_what, change) => {
      redshift.faults = rewriting(change);
      await expect(warehouse.load([load])).rejects.toMatchObject({ code: 'WAREHOUSE_FAILED' });
      expect(await ids()).toEqual([]);
    });

    test('error 1023 is tried again, with what is staged', async () => {
      const refusals = ['1023 Serializable isolation violation', 'deadlock detected'];
      redshift.faults = { beforeCommit: () => refusals.shift() };
      expect(await warehouse.load([load])).toEqual([{ loaded: true, rows: 2, added: 2 }]);
      expect(redshift.batches).toHaveLength(3);
      expect(redshift.everPut.size).toBe(2);
    });

    test.each([
      ['1023 Serializable isolation violation', 'WAREHOUSE_BUSY'],
      ['Disk Full', 'WAREHOUSE_FAILED'],
    ])('%s for ever ends as %s', async (why, code) => {
      redshift.faults = { beforeCommit: () => why };
      await expect(warehouse.load([load])).rejects.toMatchObject({ code });
      expect(await ids()).toEqual([]);
      expect(redshift.objects.size).toBe(0);
    });
  });

  describe('E15: of two loaders at once', () => {
    const loadedBy = async (calls: readonly (readonly Load[])[]) => {
      const results = await Promise.all(
        calls.map((loads) => new RedshiftWarehouse(wiring, redshift.doors).load(loads)),
      );
      return results.map((loads) => loads.map(({ loaded }) => loaded));
    };

    test('one commits, and the other finds that it is done', async () => {
      expect((await loadedBy([[load], [load]])).flat().toSorted()).toEqual([false, true]);
      expect(redshift.batches).toHaveLength(2);
      expect(await ids()).toEqual([`a'"`, 'b']);
    });

    test('the slower one still loads what is its own', async () => {
      const results = await loadedBy([[load], [load, { ...load, table: sideTable }]]);
      expect(results.map(([first]) => first).toSorted()).toEqual([false, true]);
      expect(results[1]?.[1]).toBe(true);
      expect(await warehouse.query('SELECT id FROM side')).toHaveLength(2);
    });
  });

  test('E16: a staged file that is missing fails the load; nothing is loaded in part', async () => {
    redshift.faults = {
      beforeCopy(objects) {
        for (const key of objects.keys()) if (key.includes('side')) objects.delete(key);
      },
    };
    await expect(warehouse.load([load, { ...load, table: sideTable }])).rejects.toMatchObject({
      code: 'WAREHOUSE_FAILED',
    });
    expect(await ids()).toEqual([]);
  });
});
