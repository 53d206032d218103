import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Load, LoadResult, Row, Warehouse } from '../../../../etl/runtime/warehouse.ts';
import type { TableDeclaration } from '../../../../etl/table.ts';

export const capacity: TableDeclaration = {
  name: 'capacity',
  columns: { date: 'date', id: 'varchar(8)', breaks: 'bigint', share: 'double', seen: 'timestamp' },
  key: ['date', 'id'],
};

const row = (id: string, breaks = 1, date = '2026-02-28'): Row => ({
  ...{ date, id, breaks, share: 0.5, seen: new Date('2026-02-28T12:30:00.250Z') },
});

const load = (batch: string, rows: Load['rows'], date = '2026-02-28'): Load => ({
  ...{ table: capacity, batch, scope: { date }, rows },
});

/** What every warehouse must do. */
export const warehouseSuite = (
  name: string,
  open: () => Promise<{ readonly warehouse: Warehouse; readonly remove: () => Promise<void> }>,
): void => {
  describe(name, () => {
    let warehouse: Warehouse;
    let remove: () => Promise<void>;

    beforeEach(async () => {
      ({ warehouse, remove } = await open());
      await warehouse.migrate([capacity]);
    });
    afterEach(() => remove());

    const loadOne = async (one: Load): Promise<LoadResult | undefined> => (await warehouse.load([one]))[0];

    const ids = async () =>
      (await warehouse.query('SELECT id, breaks FROM capacity ORDER BY id, date')).map(
        ({ id, breaks }) => `${String(id)}=${String(breaks)}`,
      );

    test('loads a batch once, and says so the second time', async () => {
      expect(await loadOne(load('b1', [row('a'), row('b')]))).toEqual({ loaded: true, rows: 2, added: 2 });
      expect(await loadOne(load('b1', [row('a'), row('b')]))).toEqual({ loaded: false, rows: 2, added: 2 });
      expect(await ids()).toEqual(['a=1', 'b=1']);
    });

    test('replaces the rows of its scope and no others', async () => {
      await loadOne(load('b1', [row('a'), row('b')]));
      await loadOne(load('c1', [row('z', 9, '2026-03-01')], '2026-03-01'));
      await loadOne(load('b2', [row('a', 2)]));
      expect(await ids()).toEqual(['a=2', 'z=9']);
    });

    test('E26: loads nothing when a row is missing on its way', async () => {
      await loadOne(load('b1', [row('a')]));
      const short = { ...load('b2', [row('b'), row('c')]), expected: () => 3 };
      await expect(loadOne(short)).rejects.toMatchObject({ code: 'RECONCILIATION_BROKEN' });
      expect(await ids()).toEqual(['a=1']);
      expect(await loadOne({ ...short, expected: () => 2 })).toMatchObject({ loaded: true, rows: 2 });
    });

    test('loads a batch again that another has replaced meanwhile', async () => {
      await loadOne(load('b1', [row('a', 1)]));
      await loadOne(load('b2', [row('a', 2)]));
      expect(await loadOne(load('b1', [row('a', 1)]))).toEqual({ loaded: true, rows: 1, added: 1 });
      expect(await ids()).toEqual(['a=1']);
    });

    test('loads no rows at all when there are none', async () => {
      await loadOne(load('b1', [row('a')]));
      expect(await loadOne(load('b2', []))).toEqual({ loaded: true, rows: 0, added: 0 });
      expect(await ids()).toEqual([]);
    });

    test.each<[string, string, readonly Row[]]>([
      ['a key that is repeated', 'KEY_NOT_UNIQUE', [row('a'), row('a')]],
      ['a text wider than its column in bytes', 'LOAD_INVALID', [row('ääääz')]],
      ['a number that is not whole', 'LOAD_INVALID', [row('a', 1.5)]],
      ['a date that does not exist', 'LOAD_INVALID', [row('a', 1, '2026-02-29')]],
      ['a row outside its scope', 'LOAD_INVALID', [row('a', 1, '2026-03-01')]],
      ['a row that lacks a column', 'LOAD_INVALID', [{ date: '2026-02-28', id: 'a' }]],
      ['a row with a column that is none', 'LOAD_INVALID', [{ ...row('a'), name: 'x' }]],
      ['an empty key', 'LOAD_INVALID', [{ ...row('a'), id: null }]],
      ['a number that is not finite', 'LOAD_INVALID', [{ ...row('a'), share: Number.NaN }]],
    ])('refuses %s and leaves the table as it was', async (_what, code, rows) => {
      await loadOne(load('b1', [row('old')]));
      await expect(loadOne(load('b2', [row('new'), ...rows]))).rejects.toMatchObject({ code });
      expect(await ids()).toEqual(['old=1']);
      expect(await loadOne(load('b1', []))).toEqual({ loaded: false, rows: 1, added: 1 });
    });

    test('leaves the table as it was when the rows break off', async () => {
      await loadOne(load('b1', [row('old')]));
      const broken = (function* () {
        yield row('new');
        throw new Error('source gone');
      })();
      await expect(loadOne(load('b2', broken))).rejects.toThrow('source gone');
      expect(await ids()).toEqual(['old=1']);
    });

    test('refuses a key that a row outside the scope has', async () => {
      const single: TableDeclaration = {
        name: 'single',
        columns: { id: 'varchar(8)', part: 'varchar(8)' },
        key: ['id'],
      };
      await warehouse.migrate([single]);
      await loadOne({ table: single, batch: '1', scope: { part: 'p' }, rows: [{ id: 'a', part: 'p' }] });
      await expect(
        loadOne({ table: single, batch: '2', scope: { part: 'q' }, rows: [{ id: 'a', part: 'q' }] }),
      ).rejects.toMatchObject({ code: 'KEY_NOT_UNIQUE' });
    });

    describe('adding', () => {
      const adding = (batch: string, rows: readonly Row[]): Load => ({ ...load(batch, rows), mode: 'add' });

      test('leaves out keys that are there, in the table or earlier in the batch, and counts the rest', async () => {
        expect(await loadOne(adding('b1', [row('a', 1), row('a', 2), row('b', 1)]))).toEqual({
          ...{ loaded: true, rows: 3, added: 2 },
        });
        expect(await loadOne(adding('b2', [row('b', 9), row('c', 1)]))).toEqual({
          ...{ loaded: true, rows: 2, added: 1 },
        });
        expect(await ids()).toEqual(['a=1', 'b=1', 'c=1']);
      });

      test('E5: of a batch that was added, says what it added then', async () => {
        await loadOne(adding('b1', [row('a'), row('a')]));
        await loadOne(adding('b2', [row('a'), row('b')]));
        for (const batch of ['b1', 'b2']) {
          expect(await loadOne(adding(batch, [row('z')]))).toEqual({ loaded: false, rows: 2, added: 1 });
        }
        expect(await ids()).toEqual(['a=1', 'b=1']);
      });

      test('without a key adds every row, once a batch', async () => {
        const keyless: TableDeclaration = { name: 'keyless', columns: { word: 'varchar(8)' }, key: [] };
        await warehouse.migrate([keyless]);
        const words = (batch: string, mode: 'add' | 'replace'): Load => ({
          ...{ table: keyless, batch, mode, scope: {} },
          rows: [{ word: 'a' }, { word: 'a' }, { word: null }],
        });
        const all = async () => (await warehouse.query('SELECT word FROM keyless')).length;
        await loadOne(words('b1', 'add'));
        await loadOne(words('b1', 'add'));
        await loadOne(words('b2', 'add'));
        expect(await all()).toBe(6);
      });
    });

    test('without a key, replaces rows that repeat', async () => {
      const keyless: TableDeclaration = { name: 'keyless', columns: { word: 'varchar(8)' }, key: [] };
      await warehouse.migrate([keyless]);
      const words = (batch: string): Load => ({
        ...{ table: keyless, batch, scope: {}, rows: [{ word: 'a' }, { word: 'a' }] },
      });
      await loadOne(words('b1'));
      await loadOne(words('b2'));
      expect(await warehouse.query('SELECT word FROM keyless')).toEqual([{ word: 'a' }, { word: 'a' }]);
    });

    describe('a range', () => {
      const at = (time: string, id = 'a'): Row => ({ ...row(id), seen: `2026-02-28 ${time}` });
      const hour = (batch: string, from: string, before: string, rows: readonly Row[]): Load => ({
        ...{ table: capacity, batch, rows },
        scope: { seen: { from: `2026-02-28T${from}Z`, before: `2026-02-28T${before}Z` } },
      });

      test('holds its start and not its end', async () => {
        const whole = [at('00:59:59.999999', 'a'), at('01:00:00', 'b'), at('01:59:59.999999', 'c')];
        await loadOne({ ...load('all', [...whole, at('02:00:00', 'd')]), scope: {} });
        await loadOne(hour('h1', '01:00:00', '02:00:00', [at('01:30:00', 'n')]));
        expect(await ids()).toEqual(['a=1', 'd=1', 'n=1']);
      });

      test.each(['00:59:59.999999', '02:00:00'])('refuses a row of %s', async (time) => {
        await expect(loadOne(hour('h1', '01:00:00', '02:00:00', [at(time)]))).rejects.toMatchObject({
          code: 'LOAD_INVALID',
        });
      });

      test('is one of dates or timestamps', async () => {
        const scope = { id: { from: 'a', before: 'b' } };
        await expect(loadOne({ ...load('h', []), scope })).rejects.toMatchObject({ code: 'LOAD_INVALID' });
      });
    });

    test.each([{ strange: 'x' }, { date: '2026-02-30' }, { breaks: '1' }])(
      'refuses the scope %p',
      async (scope) => {
        await expect(loadOne({ ...load('b1', []), scope })).rejects.toMatchObject({ code: 'LOAD_INVALID' });
      },
    );

    describe('several tables', () => {
      const other: TableDeclaration = {
        ...{ schema: 'side', name: 'other', columns: { id: 'bigint', ok: 'boolean' }, key: ['id'] },
      };
      const others = (batch: string, rows: readonly Row[]): Load => ({
        ...{ table: other, batch, scope: {}, rows },
      });
      const counts = async () => [
        (await ids()).length,
        (await warehouse.query('SELECT id FROM side.other')).length,
      ];

      beforeEach(() => warehouse.migrate([other]));

      test('are loaded at once, also into a schema', async () => {
        const results = await warehouse.load([
          load('b1', [row('a')]),
          { ...load('b1', [row('b', 1, '2026-03-01')], '2026-03-01'), mode: 'add' },
          others('b1', [
            { id: 1, ok: true },
            { id: 2, ok: null },
          ]),
        ]);
        expect(results).toEqual([
          { loaded: true, rows: 1, added: 1 },
          { loaded: true, rows: 1, added: 1 },
          { loaded: true, rows: 2, added: 2 },
        ]);
        expect(await counts()).toEqual([2, 2]);
      });

      test('E14: are all left as they were when one of them can not be loaded', async () => {
        await warehouse.load([load('b1', [row('old')]), others('b1', [{ id: 1, ok: true }])]);
        const twice = others('b2', [
          { id: 5, ok: true },
          { id: 5, ok: false },
        ]);
        await expect(warehouse.load([load('b2', [row('new'), row('x')]), twice])).rejects.toMatchObject({
          code: 'KEY_NOT_UNIQUE',
        });
        expect(await counts()).toEqual([1, 1]);
        expect(await ids()).toEqual(['old=1']);
      });

      test('that were loaded in part are completed', async () => {
        await loadOne(load('b1', [row('a')]));
        expect(await warehouse.load([load('b1', [row('a')]), others('b1', [])])).toEqual([
          { loaded: false, rows: 1, added: 1 },
          { loaded: true, rows: 0, added: 0 },
        ]);
      });

      test('of which two have the same rows in mind are refused', async () => {
        await expect(warehouse.load([load('b1', [row('a')]), load('b2', [row('b')])])).rejects.toMatchObject({
          code: 'LOAD_INVALID',
        });
      });

      test('of which two bring the same key are refused', async () => {
        const all = { ...capacity, name: 'by_id', key: ['id'] };
        await warehouse.migrate([all]);
        const days = ['2026-03-01', '2026-03-02'].map((date): Load => ({
          ...load('b1', [row('a', 1, date)], date),
          table: all,
        }));
        await expect(warehouse.load(days)).rejects.toMatchObject({ code: 'KEY_NOT_UNIQUE' });
        expect(await warehouse.query('SELECT id FROM by_id')).toEqual([]);
      });

      test('none at all are loaded', async () => {
        expect(await warehouse.load([])).toEqual([]);
      });
    });

    describe('statements that end a load', () => {
      const whole: TableDeclaration = {
        ...{ schema: 'side', name: 'words', columns: { id: 'bigint', word: 'varchar(8)' }, key: [] },
      };
      const words = (batch: string, ...texts: readonly string[]): Load => ({
        ...{ table: whole, batch, scope: {}, rows: texts.map((word, id) => ({ id, word })) },
      });
      const found = async () =>
        (await warehouse.query('SELECT word FROM side.words ORDER BY word')).map(({ word }) => word);
      const doubling = [
        `CREATE TABLE IF NOT EXISTS side.seen (word varchar(8))`,
        `INSERT INTO side.seen SELECT word FROM side.words`,
        `UPDATE side.words SET word = word || '!' WHERE id = 0`,
      ];

      beforeEach(() => warehouse.migrate([whole]));

      test('run after it, once, and again when something else is loaded', async () => {
        expect(await warehouse.load([words('b1', 'a', 'b')], doubling)).toEqual([
          { loaded: true, rows: 2, added: 2 },
        ]);
        expect(await warehouse.load([words('b1', 'a', 'b')], doubling)).toEqual([
          { loaded: false, rows: 2, added: 2 },
        ]);
        expect(await found()).toEqual(['a!', 'b']);
        await warehouse.load([words('b1', 'a', 'b'), load('c1', [row('a')])], doubling);
        expect(await found()).toEqual(['a!!', 'b']);
        await warehouse.load([words('b2', 'c')], doubling);
        expect(await found()).toEqual(['c!']);
        expect(await warehouse.query('SELECT word FROM side.seen')).toHaveLength(5);
      });

      test('undo it when one of them fails, and say which', async () => {
        await warehouse.load([words('b1', 'old'), load('b1', [row('old')])], doubling);
        const bad = [...doubling, 'UPDATE side.nothing SET word = 1'];
        await expect(
          warehouse.load([words('b2', 'new'), load('b2', [row('new')])], bad),
        ).rejects.toMatchObject({
          code: 'FOLLOW_UP_FAILED',
          message: expect.stringMatching(/Statement 4 of the 4 .*nothing/su),
          details: { statement: bad[3] },
        });
        expect([await found(), await ids()]).toEqual([['old!'], ['old=1']]);
        expect(await warehouse.query('SELECT word FROM side.seen')).toHaveLength(1);
        const [again] = await warehouse.load([words('b2', 'new')], []);
        expect(again?.loaded).toBe(true);
        expect(await found()).toEqual(['new']);
      });
    });

    test('E15: of two loaders with the same batch one loads it and the other finds it loaded', async () => {
      const results = await Promise.all([1, 2].map(() => loadOne(load('b1', [row('a')]))));
      expect(results.map((result) => result?.loaded).sort()).toEqual([false, true]);
      expect(await ids()).toEqual(['a=1']);
    });

    describe('E9: a migration', () => {
      const migrations = async () =>
        (
          await warehouse.query(
            `SELECT column_name, column_type FROM peaches_migrations WHERE table_name = 'capacity'
             ORDER BY applied_at, column_name`,
          )
        ).map((row) => `${String(row['column_name'])} ${String(row['column_type'])}`);

      test('is journaled, once a column', async () => {
        await warehouse.migrate([capacity]);
        await warehouse.migrate([{ ...capacity, columns: { ...capacity.columns, extra: 'decimal(9,2)' } }]);
        expect((await migrations()).toSorted()).toEqual([
          ...['breaks bigint', 'date date', 'extra decimal(9,2)', 'id varchar(8)', 'seen timestamp'],
          'share double',
        ]);
      });

      test('does not mind the order of columns', async () => {
        const columns = Object.fromEntries(Object.entries(capacity.columns).toReversed());
        await warehouse.migrate([{ ...capacity, columns }]);
        await loadOne({ ...load('b1', [row('a', 7)]), table: { ...capacity, columns } });
        expect(await ids()).toEqual(['a=7']);
      });

      test.each<[string, TableDeclaration['columns'], string]>([
        ['another type', { ...capacity.columns, breaks: 'double' }, 'breaks'],
        ['another width', { ...capacity.columns, id: 'varchar(16)' }, 'id'],
        ['a column less', { date: 'date', id: 'varchar(8)', breaks: 'bigint', share: 'double' }, 'seen'],
      ])('to %s is refused', async (_what, columns, column) => {
        await expect(warehouse.migrate([{ ...capacity, columns }])).rejects.toMatchObject({
          ...{ code: 'TABLE_INCOMPATIBLE', details: { table: 'capacity', column } },
        });
      });
    });

    test('adds columns that are new, and refuses a type that changed', async () => {
      await loadOne(load('b1', [row('a')]));
      const columns = { ...capacity.columns, extra: 'varchar(4)' } as const;
      await warehouse.migrate([{ ...capacity, columns }]);
      await warehouse.migrate([{ ...capacity, columns }]);
      expect(await warehouse.query('SELECT id, extra FROM capacity')).toEqual([{ id: 'a', extra: null }]);
      await expect(
        warehouse.migrate([{ ...capacity, columns: { ...capacity.columns, breaks: 'double' } }]),
      ).rejects.toMatchObject({ code: 'TABLE_INCOMPATIBLE' });
    });

    test('loads from several callers one after the other', async () => {
      const days = ['2026-03-01', '2026-03-02', '2026-03-03'];
      await Promise.all(days.map((date) => loadOne(load(date, [row('a', 1, date)], date))));
      expect(await ids()).toEqual(['a=1', 'a=1', 'a=1']);
    });
  });
};
