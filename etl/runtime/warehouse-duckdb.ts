import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { busy, messageOf } from '../../errors/errors.ts';
import type { TableDeclaration } from '../table.ts';
import { isOutOfMemory, literal } from './duckdb-files.ts';
import { loadRows } from './duckdb-load.ts';
import { migrateTable } from './duckdb-migration.ts';
import { duckDbSettings } from './duckdb-settings.ts';
import { isPublished } from './published-rows.ts';
import { withRetry, type RetryPolicy } from './retry.ts';
import { assertDistinct, followUpFailed, LOADS } from './table-rows.ts';
import { MIGRATIONS } from './warehouse-migrations.ts';
import type { Load, LoadResult, Warehouse } from './warehouse.ts';

/**
 * Its buffers fill what they are given, and loading needs little: least row by row, more where files are unpacked and
 * parsed. But some thousand rows are in memory at once, so that the longest texts need a good deal.
 */
const LOADING_MB = { rows: [48, 512, 2048], files: [80, 512, 2048] };
/** The sorting of long texts needs a good deal. */
const QUERYING_MB = 512;
const SETTINGS = duckDbSettings({ memoryMB: QUERYING_MB, threads: 1 });
const CATALOG = 'peaches_warehouse';
/** Rows that DuckDB gathers before it packs and writes them: its usual 122,880 take hundreds of megabytes. */
const ROWS_AT_ONCE = 8_192;

/**
 * Tables in one DuckDB file. The file is opened, and locked, at the first use; one process at a time has it.
 * What needs more memory than it may have spills to `<file>.tmp/`.
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

  /** @throws TABLE_INCOMPATIBLE, TABLE_INVALID, WAREHOUSE_BUSY */
  async migrate(tables: readonly TableDeclaration[]): Promise<void> {
    const connection = await this.#connect();
    await this.#one(() =>
      inTransaction(connection, async () => {
        for (const table of [MIGRATIONS, LOADS, ...tables]) await migrateTable(connection, table);
      }),
    );
  }

  /**
   * @throws LOAD_INVALID, KEY_NOT_UNIQUE, RECONCILIATION_BROKEN, FOLLOW_UP_FAILED, WAREHOUSE_BUSY; the tables are then
   *   as they were
   */
  async load(loads: readonly Load[], after: readonly string[] = []): Promise<readonly LoadResult[]> {
    assertDistinct(loads);
    const connection = await this.#connect();
    const from = loads.some(({ rows }) => isPublished(rows)) ? 'files' : 'rows';
    return this.#one(() => loadWithin(connection, { loads, after }, LOADING_MB[from]));
  }

  /** Whole numbers of 64 bits come as bigint, dates and timestamps as Date. @throws WAREHOUSE_BUSY */
  async query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const connection = await this.#connect();
    return this.#one(async () => {
      await connection.run(`SET memory_limit = '${QUERYING_MB}MB'`);
      return (await connection.runAndReadAll(sql)).getRowObjectsJS();
    });
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
    const instance = await Instance.create(':memory:', SETTINGS);
    try {
      const connection = await instance.connect();
      await connection.run(`ATTACH ${literal(this.#file)} AS ${CATALOG} (ROW_GROUP_SIZE ${ROWS_AT_ONCE})`);
      await connection.run(`USE ${CATALOG}`);
      return { instance, connection };
    } catch (error) {
      instance.closeSync();
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

const followUp = async (
  connection: DuckDBConnection,
  statements: readonly string[],
  limit: number,
): Promise<void> => {
  if (statements.length > 0) await connection.run(`SET memory_limit = '${Math.max(limit, QUERYING_MB)}MB'`);
  for (const [at, statement] of statements.entries()) {
    await connection.run(statement).catch((error: unknown) => {
      throw followUpFailed(statements, at, error);
    });
  }
};

/** Rows that can be gone through again. */
const areLasting = ({ rows }: Load): boolean => Array.isArray(rows) || isPublished(rows);

/** @param limits of memory in megabytes, the next of which is tried when one was too low */
const loadWithin = async (
  connection: DuckDBConnection,
  work: { readonly loads: readonly Load[]; readonly after: readonly string[] },
  [limit = 0, ...more]: readonly number[],
): Promise<readonly LoadResult[]> => {
  await connection.run(`SET memory_limit = '${limit}MB'`);
  try {
    return await inTransaction(connection, async () => {
      const results: LoadResult[] = [];
      for (const load of work.loads) results.push(await loadRows(connection, load));
      if (results.some(({ loaded }) => loaded)) await followUp(connection, work.after, limit);
      return results;
    });
  } catch (error) {
    if (!isOutOfMemory(error) || more.length === 0 || !work.loads.every(areLasting)) throw error;
    return loadWithin(connection, work, more);
  }
};

const inTransaction = async <T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> => {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // After a COMMIT that failed there is no transaction any more.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
};
