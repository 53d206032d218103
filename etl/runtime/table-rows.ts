import { failed, messageOf, type PeachesError } from '../../errors/errors.ts';
import { labelOf, type ColumnType, type TableDeclaration } from '../table.ts';
import { fittingOf, plainOf, type PlainCell } from './plain-cells.ts';
import type { Load, Range, Row, Scope } from './warehouse.ts';

const invalid = (
  table: TableDeclaration,
  where: { readonly row?: number; readonly column?: string },
  why: string,
): PeachesError =>
  failed({
    code: 'LOAD_INVALID',
    message: `${where.row === undefined ? 'The scope of a load' : `Row ${where.row}`} does not fit ${labelOf(table)}: ${why}.`,
    hint: 'Nothing was loaded. Mend the stage that makes the rows, or the declaration of the table.',
    details: { table: labelOf(table), ...where },
  });

/**
 * A scope in the form of its columns, these in alphabetical order.
 * @throws LOAD_INVALID for a column that is none, or a value that does not fit it
 */
export const plainScope = ({ table, scope }: Pick<Load, 'table' | 'scope'>): Scope => {
  const plain = (column: string, value: string): string => {
    const type = table.columns[column];
    const fits = type === undefined ? undefined : plainOf(value, type);
    if (typeof fits === 'string') return fits;
    throw invalid(table, { column }, `${column} = ${value}`);
  };
  const plainWanted = (column: string, wanted: string | Range): string | Range => {
    if (typeof wanted === 'string') return plain(column, wanted);
    if (!isOrdered(table.columns[column])) throw invalid(table, { column }, `${column} has no ranges`);
    return { from: plain(column, wanted.from), before: plain(column, wanted.before) };
  };
  const columns = Object.keys(scope).sort();
  return Object.fromEntries(
    columns.flatMap((column) => {
      const wanted = scope[column];
      return wanted === undefined ? [] : [[column, plainWanted(column, wanted)] as const];
    }),
  );
};

const isOrdered = (type: ColumnType | undefined): boolean => type === 'date' || type === 'timestamp';

/** A plain scope as the manifest of loads names it. */
export const scopeText = (load: Pick<Load, 'table' | 'scope'>): string => JSON.stringify(plainScope(load));

const liesIn = (cell: PlainCell, wanted: string | Range): boolean =>
  typeof wanted === 'string'
    ? cell === wanted
    : typeof cell === 'string' && cell >= wanted.from && cell < wanted.before;

/** Checks one row and gives its cells in the order of the columns. @throws LOAD_INVALID with row (from 1) and column */
export type RowCheck = (row: Row) => PlainCell[];

/** The check of a load's rows, one by one in their order, against the table and the load's scope. */
export const rowCheckOf = (load: Load): RowCheck => {
  const { table } = load;
  const scope = plainScope(load);
  const columns = Object.entries(table.columns).map(([name, type]) => ({
    ...{ name, type, wanted: scope[name] },
    fitting: fittingOf(type, table.truncate?.includes(name)),
    inKey: table.key.includes(name),
  }));
  let row = 0;
  return (cells) => {
    row += 1;
    const plain = columns.map(({ name, type, fitting, inKey, wanted }) => {
      const cell = cells[name];
      if (cell === undefined) throw invalid(table, { row, column: name }, `${name} is not given`);
      const fits = fitting(cell);
      if (fits === undefined) throw invalid(table, { row, column: name }, `${name} is no ${type}`);
      if (fits === null && inKey)
        throw invalid(table, { row, column: name }, `${name} is part of the key and empty`);
      if (wanted !== undefined && !liesIn(fits, wanted))
        throw invalid(table, { row, column: name }, `${name} is outside the load's scope`);
      return fits;
    });
    const names = Object.keys(cells);
    if (names.length === columns.length) return plain;
    const strange = names.find((name) => !Object.hasOwn(table.columns, name));
    if (strange !== undefined)
      throw invalid(table, { row, column: strange }, `${strange} is no column of it`);
    return plain;
  };
};

/** @throws RECONCILIATION_BROKEN when a load has not the number of rows that was expected */
export const assertExpected = ({ table, ...load }: Load, rows: number): void => {
  const expected = load.expected?.() ?? rows;
  if (rows === expected) return;
  throw failed({
    code: 'RECONCILIATION_BROKEN',
    message: `${expected} rows were to be loaded into ${labelOf(table)}, but ${rows} came.`,
    hint: 'This is a fault of the stage: rows were lost or counted twice. Nothing was loaded.',
    details: { table: labelOf(table), expected, rows },
  });
};

/** @throws LOAD_INVALID when two loads of one transaction name the same rows of the same table */
export const assertDistinct = (loads: readonly Load[]): void => {
  const places = new Set<string>();
  for (const load of loads) {
    const place = `${labelOf(load.table)} ${scopeText(load)}${load.mode === 'add' ? ` ${load.batch}` : ''}`;
    if (places.has(place)) throw invalid(load.table, {}, 'two loads at once have the same');
    places.add(place);
  }
};

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

/** A table in a statement, with its schema if it has one. @throws TABLE_INVALID */
export const tableName = ({ schema, name }: TableDeclaration): string =>
  schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;

/** Two rows of a load, or a row outside its scope, have the key that only one may have. */
export const keyTaken = (tables: readonly TableDeclaration[], cause?: unknown): PeachesError =>
  failed({
    code: 'KEY_NOT_UNIQUE',
    message: `Rows repeat a key: ${tables.map((table) => `${labelOf(table)} (${table.key.join(', ')})`).join('; ')}.`,
    hint: 'Nothing was loaded. Mend the stage that makes the rows.',
    details: { tables: tables.map((table) => ({ table: labelOf(table), key: table.key })) },
    cause,
  });

/** Of a statement, in messages. */
const SHOWN_CHARACTERS = 120;

/** A statement that was to end a load failed. @param at its place among them, from 0 */
export const followUpFailed = (statements: readonly string[], at: number, cause: unknown): PeachesError => {
  const statement = statements[at] ?? '';
  const shown = statement.length > SHOWN_CHARACTERS ? `${statement.slice(0, SHOWN_CHARACTERS)}…` : statement;
  return failed({
    code: 'FOLLOW_UP_FAILED',
    message: `Statement ${at + 1} of the ${statements.length} that end the load failed (${shown}): ${messageOf(cause)}`,
    hint: 'Nothing was loaded. Mend the SQL that the configuration has for the time after the load, and run again.',
    details: { statement },
    cause,
  });
};

/** The manifest of loads: what each scope of each table was loaded from. */
export const LOADS: TableDeclaration = {
  name: 'peaches_loads',
  columns: {
    table_name: 'varchar(256)',
    scope: 'varchar(4096)',
    batch: 'varchar(256)',
    row_count: 'bigint',
    added_count: 'bigint',
    loaded_at: 'timestamp',
  },
  key: ['table_name', 'scope', 'batch'],
};
