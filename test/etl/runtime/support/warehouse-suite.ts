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

    test('keeps nasty texts as they are', async () => {
      const nasty = [`'";--`, '\\', 'a\nb', '%s', '{}', 'ä€', ' x ', '\t,'];
      await loadOne(
        load(
          'n',
          nasty.map((id) => row(id)),
        ),
      );
      expect((await warehouse.query('SELECT id FROM capacity')).map(({ id }) => id).sort()).toEqual(
        nasty.toSorted(),
      );
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
