import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { labelOf, type TableDeclaration } from '../table.ts';
import { appendRows, type Target } from './duckdb-append.ts';
import { insertFiles, isReadable } from './duckdb-files.ts';
import { typeOf } from './duckdb-migration.ts';
import { isPublished } from './published-rows.ts';
import {
  assertExpected,
  identifier,
  keyTaken,
  LOADS,
  plainScope,
  scopeText,
  tableName,
} from './table-rows.ts';
import type { Load, LoadResult } from './warehouse.ts';

const STAGING = 'peaches_staging';
const MANIFEST = identifier(LOADS.name);

/**
 * Loads the rows of one table. Whoever calls has begun a transaction.
 * @throws LOAD_INVALID, KEY_NOT_UNIQUE, RECONCILIATION_BROKEN
 */
export const loadRows = async (connection: DuckDBConnection, load: Load): Promise<LoadResult> => {
  const { table, batch, mode = 'replace' } = load;
  const place = [labelOf(table), scopeText(load)];
  const before = await connection.runAndReadAll(
    `SELECT row_count, added_count FROM ${MANIFEST} WHERE table_name = $1 AND scope = $2 AND batch = $3`,
    [...place, batch],
  );
  const [known] = before.getRows();
  if (known !== undefined) return { loaded: false, rows: Number(known[0]), added: Number(known[1]) };

  const counts = mode === 'replace' ? await replaceScope(connection, load) : await addNew(connection, load);
  assertExpected(load, counts.rows);
  if (mode === 'replace')
    await connection.run(`DELETE FROM ${MANIFEST} WHERE table_name = $1 AND scope = $2`, place);
  await connection.run(
    `INSERT INTO ${MANIFEST} (table_name, scope, batch, row_count, added_count, loaded_at)
     VALUES ($1, $2, $3, $4, $5, (current_timestamp AT TIME ZONE 'UTC')::TIMESTAMP)`,
    [...place, batch, counts.rows, counts.added],
  );
  return { loaded: true, ...counts };
};

const countOf = async (
  connection: DuckDBConnection,
  from: string,
  values: readonly DuckDBValue[] = [],
): Promise<number> =>
  Number(
    (await connection.runAndReadAll(`SELECT count(*) FROM ${from}`, [...values])).getRows()[0]?.[0] ?? 0,
  );

/** @returns how many rows there were */
const append = async (connection: DuckDBConnection, load: Load, target: Target): Promise<number> => {
  const { rows, table } = load;
  const isCut = (table.truncate ?? []).length > 0;
  const files = !isCut && isPublished(rows) ? await rows.files() : [];
  return isPublished(rows) && isReadable(files)
    ? insertFiles(connection, load, { kind: rows.kind, files }, target)
    : appendRows(connection, load, target);
};

/** Appends straight to the load's table. @returns how many rows there were */
const appendToTable = async (connection: DuckDBConnection, load: Load): Promise<number> => {
  const { schema = 'main', name } = load.table;
  const columns = (await connection.run(`SELECT * FROM ${tableName(load.table)} LIMIT 0`)).columnNames();
  return append(connection, load, { schema, name, columns });
};

/** A load's scope as a condition with its values. */
const conditionOf = (load: Load): { readonly condition: string; readonly values: DuckDBValue[] } => {
  const { table } = load;
  const values: DuckDBValue[] = [];
  const is = (column: string, compared: string, value: string): string => {
    values.push(value);
    const type = table.columns[column];
    return `${identifier(column)} ${compared} CAST($${values.length} AS ${type === undefined ? 'VARCHAR' : typeOf(type)})`;
  };
  const conditions = Object.entries(plainScope(load)).flatMap(([column, wanted]) =>
    typeof wanted === 'string'
      ? [is(column, '=', wanted)]
      : [is(column, '>=', wanted.from), is(column, '<', wanted.before)],
  );
  return { condition: conditions.length === 0 ? 'true' : conditions.join(' AND '), values };
};

interface Counts {
  readonly rows: number;
  readonly added: number;
}

/** @throws KEY_NOT_UNIQUE when a key would then be there twice */
const replaceScope = async (connection: DuckDBConnection, load: Load): Promise<Counts> => {
  const { table } = load;
  const { condition, values } = conditionOf(load);
  await connection.run(`DELETE FROM ${tableName(table)} WHERE ${condition}`, values);
  const rows = await appendToTable(connection, load);
  if (table.key.length > 0) {
    // All that lies in the scope now is what was appended.
    const key = table.key.map(identifier).join(', ');
    const within = `(SELECT ${key} FROM ${tableName(table)} WHERE ${condition})`;
    const beyond = `(SELECT ${key} FROM ${tableName(table)} WHERE (${condition}) IS NOT TRUE)`;
    const repeated = `(SELECT 1 FROM ${within} GROUP BY ${key} HAVING count(*) > 1)`;
    const isInKey = Object.keys(load.scope).some((column) => table.key.includes(column));
    if ((await countOf(connection, repeated, values)) > 0) throw keyTaken([table]);
    // Keys differ from those beyond the scope where they hold a column of the scope.
    if (!isInKey && (await countOf(connection, `${within} SEMI JOIN ${beyond} USING (${key})`, values)) > 0)
      throw keyTaken([table]);
  }
  return { rows, added: rows };
};

/** Adds rows by way of a staging table, for those to be left out whose key is there, in the batch or in the table. */
const addNew = async (connection: DuckDBConnection, load: Load): Promise<Counts> => {
  const { table } = load;
  if (table.key.length === 0) {
    const rows = await appendToTable(connection, load);
    return { rows, added: rows };
  }
  const names = Object.keys(table.columns);
  const ddl = Object.entries(table.columns).map(([name, type]) => `${identifier(name)} ${typeOf(type)}`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${STAGING} (${ddl.join(', ')})`);
  const staging = { catalog: 'temp', schema: 'main', name: STAGING, columns: names };
  const rows = await append(connection, load, staging);
  await leaveOut(connection, table);
  const added = await countOf(connection, STAGING);
  const columns = names.map(identifier).join(', ');
  await connection.run(`INSERT INTO ${tableName(table)} (${columns}) SELECT ${columns} FROM ${STAGING}`);
  await connection.run(`DROP TABLE ${STAGING}`);
  return { rows, added };
};

/** Takes out of the staging table what is there already, in the batch or in the table. */
const leaveOut = async (connection: DuckDBConnection, table: TableDeclaration): Promise<void> => {
  const key = table.key.map(identifier).join(', ');
  const same = table.key.map((column) => `t.${identifier(column)} = ${STAGING}.${identifier(column)}`);
  await connection.run(
    `DELETE FROM ${STAGING} WHERE rowid NOT IN (SELECT min(rowid) FROM ${STAGING} GROUP BY ${key})`,
  );
  await connection.run(`DELETE FROM ${STAGING} USING ${tableName(table)} AS t WHERE ${same.join(' AND ')}`);
};
