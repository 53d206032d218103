import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell, Row, Warehouse } from '../../../../etl/runtime/warehouse.ts';
import type { ColumnType, TableDeclaration } from '../../../../etl/table.ts';

const TEXT = 'varchar(65535)';

const nasty: readonly string[] = [
  ...['', ' ', '  padded  ', '\\', '\\\\', '\\N', '\\n', 'null', 'NULL', 'NaN', 'true', '0', '-'],
  ...[`'`, `''`, `"`, `""`, `'; DROP TABLE x; --`, `\\'`, '`', '$1', ':name', '%s', '{}', '[]', '{"a":1}'],
  ...['|', '||', 'a|b', ',', ';', '\t', '\n', '\r', '\r\n', 'a\nb', '\u000b', '\u0001', '\u001f', '\u007f'],
  ...['ä€', 'e\u0301', '👩‍👩‍👧', '\u{10ffff}', '\ufeffbom', '\u2028', '\u200b', '\u0085', '\ufffd', 'ß', '漢字'],
  ...['\ud83d\ude00', '<script>', '=1+1', '\\u0000', '\\x00', '/*', '*/', '#', '~', '\u00a0'],
];

const borders: readonly string[] = [
  'x'.repeat(65_535),
  `${'x'.repeat(65_533)}ä`,
  '€'.repeat(21_845),
  '|'.repeat(65_535),
  '\\'.repeat(65_535),
  '"'.repeat(65_535),
];

/** Cells and the text that the warehouse shows for them. */
const kept: readonly (readonly [ColumnType, Cell, string | null])[] = [
  ['bigint', 9007199254740993n, '9007199254740993'],
  ['bigint', -9223372036854775808n, '-9223372036854775808'],
  ['bigint', 9223372036854775807n, '9223372036854775807'],
  ['bigint', -0, '0'],
  ['bigint', null, null],
  ['double', -0, '-0.0'],
  ['double', 0.1, '0.1'],
  ['double', 1e300, '1e+300'],
  ['double', 5e-324, '5e-324'],
  ['double', Number.MAX_VALUE, '1.7976931348623157e+308'],
  ['double', null, null],
  ['decimal(18,4)', '12345678901234.5678', '12345678901234.5678'],
  ['decimal(18,4)', '-0.0001', '-0.0001'],
  ['decimal(18,4)', 0.1, '0.1000'],
  ['decimal(18,4)', '-0', '0.0000'],
  ['decimal(18,4)', '0012.50000', '12.5000'],
  ['decimal(38,0)', 99999999999999999999999999999999999999n, '99999999999999999999999999999999999999'],
  ['decimal(38,37)', '9.9999999999999999999999999999999999999', '9.9999999999999999999999999999999999999'],
  ['decimal(3,2)', '-9.99', '-9.99'],
  ['decimal(9,2)', null, null],
  ['boolean', true, 'true'],
  ['boolean', false, 'false'],
  ['boolean', null, null],
  ['date', '0001-01-01', '0001-01-01'],
  ['date', '9999-12-31', '9999-12-31'],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', new Date('2026-02-28T23:59:59.999Z'), '2026-02-28'],
  ['date', null, null],
  ['timestamp', '2026-02-28T12:30:00.123456Z', '2026-02-28 12:30:00.123456'],
  ['timestamp', '2026-02-28 12:30:00', '2026-02-28 12:30:00'],
  ['timestamp', '2026-02-28 23:30:00.5-05:00', '2026-03-01 04:30:00.5'],
  ['timestamp', '0001-01-01T00:00:00Z', '0001-01-01 00:00:00'],
  ['timestamp', '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999'],
  ['timestamp', '9999-12-31T23:59:59.999999Z', '9999-12-31 23:59:59.999999'],
  ['timestamp', new Date('2026-02-28T12:30:00.250Z'), '2026-02-28 12:30:00.25'],
  ['timestamp', null, null],
  ['varchar(1)', null, null],
];

const refused: readonly (readonly [ColumnType, Cell])[] = [
  ['varchar(8)', 'a\0b'],
  ['varchar(8)', '\0'],
  ['varchar(8)', '\ud83d'],
  ['varchar(8)', 'a\ude00b'],
  ['varchar(8)', 'äääää'],
  ['varchar(8)', 12],
  ['varchar(65535)', 'x'.repeat(65_536)],
  ['varchar(65535)', `${'x'.repeat(65_534)}ä`],
  ['bigint', 2 ** 53],
  ['bigint', 2n ** 63n],
  ['bigint', -(2n ** 63n) - 1n],
  ['bigint', 0.5],
  ['bigint', '12'],
  ['bigint', true],
  ['double', Infinity],
  ['double', '1.5'],
  ['boolean', 'true'],
  ['boolean', 1],
  ['decimal(4,2)', '1.005'],
  ['decimal(4,2)', '100'],
  ['decimal(4,2)', 0.1 + 0.2],
  ['decimal(4,2)', '1e1'],
  ['decimal(4,2)', ' 1'],
  ['decimal(4,2)', Number.NaN],
  ['date', '0000-01-01'],
  ['date', '-000001-01-01'],
  ['date', '2026-2-8'],
  ['date', '2026-02-30'],
  ['date', '10000-01-01'],
  ['date', new Date('+010000-01-01T00:00:00Z')],
  ['date', new Date('invalid')],
  ['timestamp', '2026-02-28'],
  ['timestamp', '2026-02-28 24:00:00'],
  ['timestamp', '2026-02-28 12:30:60'],
  ['timestamp', '2026-02-30 12:30:00'],
  ['timestamp', '2026-02-28 12:30:00.1234567'],
  ['timestamp', '9999-12-31 23:59:59-01:00'],
  ['timestamp', '0001-01-01 00:00:00+01:00'],
  ['timestamp', 'Sat Feb 28 2026'],
  ['timestamp', new Date('+010000-01-01T00:00:00Z')],
  ['timestamp', 1772281800],
];

const tableOf = (name: string, type: ColumnType, truncate: readonly string[] = []): TableDeclaration => ({
  ...{ name, columns: { id: 'bigint', value: type }, key: ['id'], truncate },
});

/** What goes into a warehouse comes out of it, or nothing goes in. */
export const warehouseValuesSuite = (
  name: string,
  open: () => Promise<{ readonly warehouse: Warehouse; readonly remove: () => Promise<void> }>,
): void => {
  describe(`values in ${name}`, () => {
    let warehouse: Warehouse;
    let remove: () => Promise<void>;
    let tables = 0;

    beforeAll(async () => {
      ({ warehouse, remove } = await open());
    });
    afterAll(() => remove());

    const roundTrip = async (
      type: ColumnType,
      values: readonly Cell[],
      truncate: readonly string[] = [],
    ): Promise<readonly unknown[]> => {
      const table = tableOf(`values_${(tables += 1)}`, type, truncate);
      await warehouse.migrate([table]);
      const rows = values.map((value, id): Row => ({ id, value }));
      await warehouse.load([{ table, batch: '1', scope: {}, rows }]);
      // The client takes a byte order mark off the front of a text, hence the `>`.
      const shown = await warehouse.query(
        `SELECT '>' || CAST("value" AS varchar) AS shown FROM ${table.name} ORDER BY id`,
      );
      return shown.map(({ shown: text }) => (typeof text === 'string' ? text.slice(1) : text));
    };

    test('nasty texts come out as they went in, an empty one is not NULL', async () => {
      const texts = [...nasty, null];
      expect(await roundTrip(TEXT, texts)).toEqual(texts);
    });

    test('texts of 65,535 bytes come out as they went in', async () => {
      expect(await roundTrip(TEXT, borders)).toEqual(borders);
    });

    test('any text that is Unicode without NUL comes out as it went in', async () => {
      const text = fc.string({ unit: 'binary', maxLength: 64 }).filter((value) => !value.includes('\0'));
      const texts = fc.sample(text, { numRuns: 200, seed: 5 });
      expect(await roundTrip(TEXT, texts)).toEqual(texts);
    });

    test.each(kept)('%s %p is shown as %p', async (type, cell, shown) => {
      expect(await roundTrip(type, [cell])).toEqual([shown]);
    });

    test.each(refused)('%s refuses %p by row and column', async (type, cell) => {
      const table = tableOf(`values_${(tables += 1)}`, type);
      await warehouse.migrate([table]);
      const rows = [
        { id: 1, value: null },
        { id: 2, value: cell },
      ];
      await expect(warehouse.load([{ table, batch: '1', scope: {}, rows }])).rejects.toMatchObject({
        ...{ code: 'LOAD_INVALID', details: { table: table.name, row: 2, column: 'value' } },
      });
      expect(await warehouse.query(`SELECT id FROM ${table.name}`)).toEqual([]);
    });

    test('a column that says so is cut, at the border of a character', async () => {
      const cut = await roundTrip(
        'varchar(8)',
        ['12345678', '123456789', '1234567ä', '👩‍👩‍👧', '€€€'],
        ['value'],
      );
      expect(cut).toEqual(['12345678', '12345678', '1234567', '👩‍', '€€']);
    });
  });
};
