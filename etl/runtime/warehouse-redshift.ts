import type { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import type { S3Client } from '@aws-sdk/client-s3';
import { failed } from '../../errors/errors.ts';
import { labelOf, type TableDeclaration } from '../table.ts';
import { isStatementFailure, RedshiftDataApi } from './redshift-data-api.ts';
import * as loadSql from './redshift-load-sql.ts';
import * as sql from './redshift-sql.ts';
import { RedshiftStaging, type StagedFiles } from './redshift-staging.ts';
import { withRetry, type RetryPolicy } from './retry.ts';
import { assertDistinct, followUpFailed, keyTaken, LOADS, scopeText } from './table-rows.ts';
import { migrationOf, MIGRATIONS, type FoundTable } from './warehouse-migrations.ts';
import type { Load, LoadResult, Warehouse } from './warehouse.ts';
import type { Wiring } from './wiring.ts';

export type RedshiftWiring = Extract<Wiring['warehouse'], { readonly kind: 'redshift' }>;

/** What of the AWS clients is used. */
export interface RedshiftDoors {
  readonly data: Pick<RedshiftDataClient, 'send'>;
  readonly staging: Pick<S3Client, 'send'>;
  readonly wait?: (ms: number) => Promise<unknown>;
  /** How often a transaction that another one got in the way of is tried again. */
  readonly patience?: Partial<RetryPolicy>;
}

type Counts = Omit<LoadResult, 'loaded'>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const nameOf = (load: Load): string => JSON.stringify([labelOf(load.table), scopeText(load), load.batch]);

/** The loads of one call: what lies in S3 for them, and which of them this process has sent to Redshift. */
interface Attempt {
  readonly after: readonly string[];
  readonly staged: Map<Load, StagedFiles>;
  readonly sent: Set<Load>;
}

/**
 * Tables in Redshift, through the Data API. Rows are staged in S3 and loaded with COPY by
 * manifest; all statements of a call of `load` are one transaction.
 */
export class RedshiftWarehouse implements Warehouse {
  readonly #wiring: RedshiftWiring;
  readonly #api: RedshiftDataApi;
  readonly #staging: RedshiftStaging;
  readonly #patience: Partial<RetryPolicy>;

  constructor(wiring: RedshiftWiring, doors: RedshiftDoors) {
    this.#wiring = wiring;
    this.#api = new RedshiftDataApi(wiring, doors.data, doors.wait);
    this.#staging = new RedshiftStaging(wiring.stagingBucket, wiring.stagingPrefix, doors.staging);
    this.#patience = doors.patience ?? {};
  }

  /** @throws TABLE_INCOMPATIBLE, TABLE_INVALID, WAREHOUSE_FAILED, WAREHOUSE_BUSY */
  async migrate(tables: readonly TableDeclaration[]): Promise<void> {
    for (const found of await this.#find([MIGRATIONS, LOADS, ...tables])) {
      const migration = migrationOf(found, sql.shownType);
      if (migration === undefined) continue;
      try {
        await this.#api.transact(sql.migrationStatements(migration));
      } catch (error) {
        const [now] = await this.#find([found.table]);
        if (now === undefined || migrationOf(now, sql.shownType) !== undefined) throw error;
      }
    }
  }

  /**
   * Whatever becomes of the answer, the manifest of loads tells whether the transaction was committed.
   * @throws LOAD_INVALID, KEY_NOT_UNIQUE, FOLLOW_UP_FAILED, LOAD_TOO_LARGE, WAREHOUSE_FAILED, WAREHOUSE_BUSY;
   *   the tables are then as they were
   */
  async load(loads: readonly Load[], after: readonly string[] = []): Promise<readonly LoadResult[]> {
    assertDistinct(loads);
    const attempt: Attempt = { after, staged: new Map(), sent: new Set() };
    try {
      const counts = await withRetry(() => this.#settle(loads, attempt), this.#patience);
      return loads.flatMap((load) => {
        const told = counts.get(nameOf(load));
        return told === undefined ? [] : [{ loaded: attempt.sent.has(load), ...told }];
      });
    } finally {
      for (const { keys } of attempt.staged.values()) await this.#staging.remove(keys);
    }
  }

  query(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.#api.query(statement);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Loads what is not loaded yet. @returns what is known of every load, by its name */
  async #settle(loads: readonly Load[], attempt: Attempt): Promise<ReadonlyMap<string, Counts>> {
    const known = new Map(await this.#known(loads));
    let missing = loads.filter((load) => !known.has(nameOf(load)));
    while (missing.length > 0) {
      for (const [name, counts] of await this.#transact(missing, attempt)) known.set(name, counts);
      missing = missing.filter((load) => !known.has(nameOf(load)));
    }
    return known;
  }

  /**
   * @returns what is loaded now: all, or, when another loader was faster with some, these
   * @throws when nothing is loaded
   */
  async #transact(
    missing: readonly Load[],
    { after, staged, sent }: Attempt,
  ): Promise<ReadonlyMap<string, Counts>> {
    for (const load of missing) {
      if (!staged.has(load)) staged.set(load, await this.#staging.put(load));
    }
    const files = missing.flatMap((load) => staged.get(load) ?? []);
    const statements = loadSql.loadStatements(files, this.#wiring.copyRoleArn, after);
    for (const load of missing) sent.add(load);
    try {
      await this.#api.transact(statements);
    } catch (error) {
      if (isStatementFailure(error)) for (const load of missing) sent.delete(load);
      const committed = await this.#known(missing);
      if (committed.size === 0) throw await this.#explained(error, files, after);
      return committed;
    }
    const told = await this.#known(missing.filter(({ mode }) => mode === 'add'));
    return new Map(
      files.map(({ load, rows }) => [nameOf(load), told.get(nameOf(load)) ?? { rows, added: rows }]),
    );
  }

  async #known(loads: readonly Load[]): Promise<ReadonlyMap<string, Counts>> {
    if (loads.length === 0) return new Map();
    const rows = await this.query(loadSql.findLoads(loads));
    return new Map(
      rows.map((row) => [
        JSON.stringify([row['table_name'], row['scope'], row['batch']]),
        { rows: Number(row['row_count']), added: Number(row['added_count']) },
      ]),
    );
  }

  async #find(tables: readonly TableDeclaration[]): Promise<readonly FoundTable[]> {
    const rows = await this.query(sql.describeTables(tables));
    return tables.map((table) => {
      const columns = rows.filter((row) => row['table_label'] === labelOf(table));
      const present = new Map(columns.map((row) => [text(row['column_name']), text(row['shown_type'])]));
      return { table, present: present.size === 0 ? undefined : present };
    });
  }

  async #explained(
    error: unknown,
    files: readonly StagedFiles[],
    after: readonly string[],
  ): Promise<unknown> {
    if (!isStatementFailure(error)) return error;
    const details = error.details as { readonly statement?: string };
    const at = after.indexOf(details.statement ?? '');
    if (at >= 0) return followUpFailed(after, at, error);
    if (loadSql.isKeyCheck(details.statement ?? '')) {
      const keyed = files.map(({ load }) => load).filter(({ mode, table }) => mode !== 'add' && table.key[0]);
      return keyTaken(
        keyed.map(({ table }) => table),
        error,
      );
    }
    const folders = files.map(({ folder }) => folder);
    const rows = await this.query(loadSql.findCopyErrors(folders)).catch(() => []);
    return rows.length === 0
      ? error
      : failed({
          code: error.code,
          message: error.message,
          ...(error.hint !== undefined && { hint: error.hint }),
          details: { ...details, rows },
          cause: error,
        });
  }
}
