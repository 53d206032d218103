import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { labelOf, type ColumnType, type TableDeclaration } from '../table.ts';
import { typeOf } from './duckdb-migration.ts';
import { digitsOf, type PlainCell } from './plain-cells.ts';
import { identifier, keyTaken, LOADS, plainRows, plainScope, scopeText, tableName } from './table-rows.ts';
import type { Load, LoadResult } from './warehouse.ts';

const STAGING = 'peaches_staging';
const MANIFEST = identifier(LOADS.name);
const MS_PER_DAY = 86_400_000;

/** Loads the rows of one table. Whoever calls has begun a transaction. @throws LOAD_INVALID, KEY_NOT_UNIQUE */
export const loadRows = async (connection: DuckDBConnection, load: Load): Promise<LoadResult> => {
  const { table, batch, mode = 'replace' } = load;
  const place = [labelOf(table), scopeText(load)];
  const before = await connection.runAndReadAll(
    `SELECT row_count, added_count FROM ${MANIFEST} WHERE table_name = $1 AND scope = $2 AND batch = $3`,
    [...place, batch],
  );
  const [known] = before.getRows();
  if (known !== undefined) return { loaded: false, rows: Number(known[0]), added: Number(known[1]) };

  const columns = Object.keys(table.columns).map(identifier).join(', ');
  const ddl = Object.entries(table.columns).map(([name, type]) => `${identifier(name)} ${typeOf(type)}`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${STAGING} (${ddl.join(', ')})`);
  const rows = await appendRows(connection, load);
  if (mode === 'replace') await makeRoom(connection, load);
  else await leaveOut(connection, table);
  const added = await countOf(connection, STAGING);
  await connection.run(`INSERT INTO ${tableName(table)} (${columns}) SELECT ${columns} FROM ${STAGING}`);
  await connection.run(`DROP TABLE ${STAGING}`);
  if (mode === 'replace')
    await connection.run(`DELETE FROM ${MANIFEST} WHERE table_name = $1 AND scope = $2`, place);
  await connection.run(
    `INSERT INTO ${MANIFEST} (table_name, scope, batch, row_count, added_count, loaded_at)
     VALUES ($1, $2, $3, $4, $5, (current_timestamp AT TIME ZONE 'UTC')::TIMESTAMP)`,
    [...place, batch, rows, added],
  );
  return { loaded: true, rows, added };
};

const countOf = async (connection: DuckDBConnection, from: string): Promise<number> =>
  Number((await connection.runAndReadAll(`SELECT count(*) FROM ${from}`)).getRows()[0]?.[0] ?? 0);

/** Deletes the scope's rows. @throws KEY_NOT_UNIQUE when a key would then be there twice */
const makeRoom = async (connection: DuckDBConnection, load: Load): Promise<void> => {
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
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  await connection.run(`DELETE FROM ${tableName(table)}${where}`, values);
  if (table.key.length === 0) return;
  const key = table.key.map(identifier).join(', ');
  const repeated = `(SELECT ${key} FROM ${STAGING} GROUP BY ALL HAVING count(*) > 1)`;
  const taken = `${STAGING} SEMI JOIN ${tableName(table)} USING (${key})`;
  if ((await countOf(connection, repeated)) > 0 || (await countOf(connection, taken)) > 0)
    throw keyTaken([table]);
};

/** Takes out of the staging table what is there already, in the batch or in the table. */
const leaveOut = async (connection: DuckDBConnection, table: TableDeclaration): Promise<void> => {
  if (table.key.length === 0) return;
  const key = table.key.map(identifier).join(', ');
  const same = table.key.map((column) => `t.${identifier(column)} = ${STAGING}.${identifier(column)}`);
  await connection.run(
    `DELETE FROM ${STAGING} WHERE rowid NOT IN (SELECT min(rowid) FROM ${STAGING} GROUP BY ${key})`,
  );
  await connection.run(`DELETE FROM ${STAGING} USING ${tableName(table)} AS t WHERE ${same.join(' AND ')}`);
};

type Append = (appender: DuckDBAppender, cell: PlainCell) => void;

/** How cells of a column are appended. */
const appendOf = (type: ColumnType, duckdb: typeof import('@duckdb/node-api')): Append => {
  const digits = digitsOf(type);
  if (digits !== undefined) {
    const decimal = duckdb.DECIMAL(digits.precision, digits.scale);
    return (appender, cell) => {
      const value = BigInt(String(cell).replace('.', ''));
      appender.appendDecimal(new duckdb.DuckDBDecimalValue(value, decimal.width, decimal.scale));
    };
  }
  switch (type) {
    case 'boolean':
      return (appender, cell) => appender.appendBoolean(cell === true);
    case 'bigint':
      return (appender, cell) => appender.appendBigInt(cell as bigint);
    case 'double':
      return (appender, cell) => appender.appendDouble(Number(cell));
    case 'date':
      return (appender, cell) =>
        appender.appendDate(new duckdb.DuckDBDateValue(Date.parse(`${String(cell)}T00:00:00Z`) / MS_PER_DAY));
    case 'timestamp':
      return (appender, cell) =>
        appender.appendTimestamp(new duckdb.DuckDBTimestampValue(microseconds(String(cell))));
    default:
      return (appender, cell) => appender.appendVarchar(String(cell));
  }
};

/** @param text `YYYY-MM-DD hh:mm:ss.ffffff` in UTC @returns microseconds since 1970 */
const microseconds = (text: string): bigint => {
  const seconds = Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
  return BigInt(seconds) * 1000n + BigInt(text.slice(20));
};

const appendRows = async (connection: DuckDBConnection, load: Load): Promise<number> => {
  const duckdb = await import('@duckdb/node-api');
  const appends = Object.values(load.table.columns).map((type) => appendOf(type, duckdb));
  const appender = await connection.createAppender(STAGING, 'main', 'temp');
  let count = 0;
  try {
    for await (const row of plainRows(load)) {
      appends.forEach((append, index) => {
        const cell = row[index] ?? null;
        if (cell === null) appender.appendNull();
        else append(appender, cell);
      });
      appender.endRow();
      count += 1;
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
  return count;
};
