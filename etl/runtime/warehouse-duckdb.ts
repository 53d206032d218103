import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { busy, messageOf } from '../../errors/errors.ts';
import type { ColumnType, TableDeclaration } from '../table.ts';
import { withRetry, type RetryPolicy } from './retry.ts';
import {
  identifier,
  incompatible,
  keyTaken,
  LOADS,
  plainRows,
  scopeText,
  type PlainCell,
} from './table-rows.ts';
import type { Load, LoadResult, Warehouse } from './warehouse.ts';

const STAGING = 'peaches_staging';

const MS_PER_DAY = 86_400_000;

/** DuckDB keeps no varchar widths; they are checked row by row before. */
const typeOf = (type: ColumnType): string => (type.startsWith('varchar') ? 'VARCHAR' : type.toUpperCase());

/**
 * Tables in one DuckDB file. The file is opened, and locked, at the first use; one process at a time has it.
 */
export class DuckDbWarehouse implements Warehouse {
  readonly #file: string;
  readonly #patience: Partial<RetryPolicy>;
  readonly #one = pLimit(1);
  #opened: Promise<{ readonly instance: DuckDBInstance; readonly connection: DuckDBConnection }> | undefined;

  /** @param patience how long to wait for another process that has the file */
  constructor(file: string, patience: Partial<RetryPolicy> = {}) {
    this.#file = file;
    this.#patience = patience;
  }

  /** @throws TABLE_INCOMPATIBLE, WAREHOUSE_BUSY */
  async migrate(tables: readonly TableDeclaration[]): Promise<void> {
    const connection = await this.#connect();
    await this.#one(() =>
      inTransaction(connection, async () => {
        for (const table of [LOADS, ...tables]) await migrateTable(connection, table);
      }),
    );
  }

  /** @throws LOAD_INVALID, KEY_NOT_UNIQUE, WAREHOUSE_BUSY; the table is then as it was */
  async load(load: Load): Promise<LoadResult> {
    const connection = await this.#connect();
    return this.#one(() => inTransaction(connection, () => loadScope(connection, load)));
  }

  /** Whole numbers of 64 bits come as bigint, dates and timestamps as Date. @throws WAREHOUSE_BUSY */
  async query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const connection = await this.#connect();
    return this.#one(async () => (await connection.runAndReadAll(sql)).getRowObjectsJS());
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    opened?.connection.closeSync();
    opened?.instance.closeSync();
  }

  async #connect(): Promise<DuckDBConnection> {
    this.#opened ??= withRetry(() => this.#open(), this.#patience).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return (await this.#opened).connection;
  }

  async #open() {
    const { DuckDBInstance: Instance } = await import('@duckdb/node-api');
    try {
      const instance = await Instance.create(this.#file);
      return { instance, connection: await instance.connect() };
    } catch (error) {
      if (!/lock|already attached/iu.test(messageOf(error))) throw error;
      throw busy({
        code: 'WAREHOUSE_BUSY',
        message: `The warehouse ${this.#file} is in use by another process.`,
        hint: 'Wait for the other run to end, or close the program that has it open; then try again.',
        details: { file: this.#file },
        cause: error,
      });
    }
  }
}

const inTransaction = async <T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> => {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK');
    throw error;
  }
};

const migrateTable = async (connection: DuckDBConnection, table: TableDeclaration): Promise<void> => {
  const name = identifier(table.name);
  const columns = Object.entries(table.columns);
  const ddl = columns.map(([column, type]) => `${identifier(column)} ${typeOf(type)}`);
  await connection.run(`CREATE TABLE IF NOT EXISTS ${name} (${ddl.join(', ')})`);
  const found = await connection.runAndReadAll(
    `SELECT column_name, data_type FROM information_schema.columns
     WHERE table_schema = 'main' AND table_catalog <> 'temp' AND table_name = $1`,
    [table.name],
  );
  const present = new Map(found.getRows().map(([column, type]) => [String(column), String(type)]));
  for (const [column, type] of columns) {
    const has = present.get(column);
    if (has === undefined)
      await connection.run(`ALTER TABLE ${name} ADD COLUMN ${identifier(column)} ${typeOf(type)}`);
    else if (has !== typeOf(type)) throw incompatible(table.name, column, has, typeOf(type));
  }
};

const countOf = async (
  connection: DuckDBConnection,
  sql: string,
  values: DuckDBValue[] = [],
): Promise<number> => Number((await connection.runAndReadAll(sql, values)).getRows()[0]?.[0] ?? 0);

const loadScope = async (connection: DuckDBConnection, load: Load): Promise<LoadResult> => {
  const { table, batch, scope } = load;
  const name = identifier(table.name);
  const columns = Object.keys(table.columns).map(identifier).join(', ');
  const key = table.key.map(identifier).join(', ');
  const place = [table.name, scopeText(scope)];

  const before = await connection.runAndReadAll(
    'SELECT row_count FROM peaches_loads WHERE table_name = $1 AND scope = $2 AND batch = $3',
    [...place, batch],
  );
  const [known] = before.getRows();
  if (known !== undefined) return { loaded: false, rows: Number(known[0]) };

  await connection.run(`CREATE OR REPLACE TEMP TABLE ${STAGING} AS SELECT ${columns} FROM ${name} LIMIT 0`);
  const rows = await appendRows(connection, load);

  const inScope = Object.keys(scope).map((column, index) => `${identifier(column)} = $${index + 1}`);
  const where = inScope.length === 0 ? '' : ` WHERE ${inScope.join(' AND ')}`;
  await connection.run(`DELETE FROM ${name}${where}`, Object.values(scope));
  const repeated = `SELECT count(*) FROM (SELECT ${key} FROM ${STAGING} GROUP BY ALL HAVING count(*) > 1)`;
  const taken = `SELECT count(*) FROM ${STAGING} SEMI JOIN ${name} USING (${key})`;
  if ((await countOf(connection, repeated)) > 0 || (await countOf(connection, taken)) > 0)
    throw keyTaken(table);
  await connection.run(`INSERT INTO ${name} (${columns}) SELECT ${columns} FROM ${STAGING}`);
  await connection.run(`DROP TABLE ${STAGING}`);
  await connection.run('DELETE FROM peaches_loads WHERE table_name = $1 AND scope = $2', place);
  await connection.run(
    `INSERT INTO peaches_loads (table_name, scope, batch, row_count, loaded_at)
     VALUES ($1, $2, $3, $4, (current_timestamp AT TIME ZONE 'UTC')::TIMESTAMP)`,
    [...place, batch, rows],
  );
  return { loaded: true, rows };
};

const appendRows = async (connection: DuckDBConnection, load: Load): Promise<number> => {
  const { DuckDBDateValue, DuckDBTimestampValue } = await import('@duckdb/node-api');
  const types = Object.values(load.table.columns);
  const appender = await connection.createAppender(STAGING, 'main', 'temp');
  const append = (cell: PlainCell, type: ColumnType | undefined): void => {
    if (cell === null) appender.appendNull();
    else if (typeof cell === 'bigint') appender.appendBigInt(cell);
    else if (typeof cell === 'number') appender.appendDouble(cell);
    else if (type === 'date')
      appender.appendDate(new DuckDBDateValue(Date.parse(`${cell}T00:00:00Z`) / MS_PER_DAY));
    else if (type === 'timestamp') {
      appender.appendTimestamp(
        new DuckDBTimestampValue(BigInt(Date.parse(`${cell.replace(' ', 'T')}Z`)) * 1000n),
      );
    } else appender.appendVarchar(cell);
  };
  let count = 0;
  try {
    for await (const row of plainRows(load)) {
      row.forEach((cell, index) => append(cell, types[index]));
      appender.endRow();
      count += 1;
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
  return count;
};
