import { failed, type PeachesError } from '../../errors/errors.ts';
import type { ColumnType, TableDeclaration } from '../table.ts';
import type { Cell, Load } from './warehouse.ts';

/** Rows as every warehouse takes them: dates and timestamps as text in UTC, whole numbers as bigint. */
export type PlainCell = string | number | bigint | null;

const DATE = /^\d{4}-\d{2}-\d{2}$/u;
const MOST_BIGINT = 2n ** 63n - 1n;

/** Widths of varchar count bytes, as in Redshift. @returns undefined for other types */
export const widthOf = (type: ColumnType): number | undefined => {
  const width = /^varchar\((\d+)\)$/u.exec(type)?.[1];
  return width === undefined ? undefined : Number(width);
};

const isRealDate = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`);
  return DATE.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

const asDate = (cell: Exclude<Cell, null>): string | undefined => {
  const text = cell instanceof Date ? cell.toISOString().slice(0, 10) : cell;
  return typeof text === 'string' && isRealDate(text) ? text : undefined;
};

/** `YYYY-MM-DD HH:MM:SS.mmm` */
const asTimestamp = (cell: Exclude<Cell, null>): string | undefined => {
  if (typeof cell !== 'string' && !(cell instanceof Date)) return undefined;
  const time = new Date(cell);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString().slice(0, 23).replace('T', ' ');
};

const asBigint = (cell: Exclude<Cell, null>): bigint | undefined => {
  if (typeof cell === 'number' && !Number.isSafeInteger(cell)) return undefined;
  if (typeof cell !== 'number' && typeof cell !== 'bigint') return undefined;
  const value = BigInt(cell);
  return value <= MOST_BIGINT && value >= -MOST_BIGINT ? value : undefined;
};

const plainOf = (cell: Cell, type: ColumnType): PlainCell | undefined => {
  if (cell === null) return null;
  switch (type) {
    case 'date':
      return asDate(cell);
    case 'timestamp':
      return asTimestamp(cell);
    case 'bigint':
      return asBigint(cell);
    case 'double':
      return typeof cell === 'number' && Number.isFinite(cell) ? cell : undefined;
    default:
      return typeof cell === 'string' &&
        !cell.includes('\0') &&
        Buffer.byteLength(cell) <= (widthOf(type) ?? 0)
        ? cell
        : undefined;
  }
};

const invalid = (table: TableDeclaration, row: number, column: string, why: string): PeachesError =>
  failed({
    code: 'LOAD_INVALID',
    message: `Row ${row} does not fit ${table.name}: ${column} ${why}.`,
    hint: 'Nothing was loaded. Mend the stage that makes the rows, or the declaration of the table.',
    details: { table: table.name, row, column },
  });

/**
 * The rows of a load, checked one by one against the table and the load's scope.
 * @throws LOAD_INVALID with row (from 1) and column
 */
export async function* plainRows(load: Load): AsyncGenerator<readonly PlainCell[]> {
  const { table, scope } = load;
  const columns = Object.entries(table.columns);
  let number = 0;
  for await (const row of load.rows) {
    number += 1;
    if (row.length !== columns.length) {
      throw invalid(table, number, 'it', `has ${row.length} cells, not ${columns.length}`);
    }
    yield columns.map(([name, type], index) => {
      const plain = plainOf(row[index] ?? null, type);
      if (plain === undefined) throw invalid(table, number, name, `is no ${type}`);
      if (plain === null && table.key.includes(name))
        throw invalid(table, number, name, 'is part of the key and empty');
      if (name in scope && plain !== scope[name])
        throw invalid(table, number, name, `is not ${String(scope[name])}`);
      return plain;
    });
  }
}

/** A scope as the manifest of loads names it: its columns in alphabetical order. */
export const scopeText = (scope: Load['scope']): string =>
  JSON.stringify(Object.fromEntries(Object.entries(scope).sort(([a], [b]) => (a < b ? -1 : 1))));

/** @throws TABLE_INVALID unless it is lower case, as Redshift folds names */
export const identifier = (name: string): string => {
  if (/^[a-z_][a-z0-9_]{0,126}$/u.test(name)) return `"${name}"`;
  throw failed({
    code: 'TABLE_INVALID',
    message: `${JSON.stringify(name)} cannot name a table or a column.`,
    hint: 'Use lower case letters, digits and underscores.',
    details: { name },
  });
};

/** Two rows of a load, or a row outside its scope, have the key that only one may have. */
export const keyTaken = (table: TableDeclaration, cause?: unknown): PeachesError =>
  failed({
    code: 'KEY_NOT_UNIQUE',
    message: `Rows for ${table.name} repeat a key (${table.key.join(', ')}).`,
    hint: 'Nothing was loaded. Mend the stage that makes the rows.',
    details: { table: table.name, key: table.key },
    cause,
  });

/** A table of today's warehouse that the declaration no longer fits. */
export const incompatible = (table: string, column: string, has: string, wanted: string): PeachesError =>
  failed({
    code: 'TABLE_INCOMPATIBLE',
    message: `${table}.${column} is ${has} in the warehouse, but declared ${wanted}.`,
    hint: 'Columns are only ever added. Give the new one another name, or change the table by hand.',
    details: { table, column, has, wanted },
  });

/** Name of the manifest of loads: what each scope of each table was last loaded from. */
export const LOADS: TableDeclaration = {
  name: 'peaches_loads',
  columns: {
    table_name: 'varchar(127)',
    scope: 'varchar(4096)',
    batch: 'varchar(256)',
    row_count: 'bigint',
    loaded_at: 'timestamp',
  },
  key: ['table_name', 'scope'],
};
