import type { TableDeclaration } from '../table.ts';

/**
 * A value of a row. By column type:
 * - `date`: `YYYY-MM-DD`, or a Date, whose day in UTC is taken;
 * - `timestamp`: `YYYY-MM-DD hh:mm:ss[.ffffff]` with `T` or a space between, and `Z`, an offset or (UTC)
 *   nothing behind, or a Date;
 * - `bigint`: a whole number, beyond 2^53 as bigint; `double`: a finite number;
 * - `decimal`: a number, a bigint or its digits as text, with no more digits than the column keeps;
 * - `varchar`: a text without NUL and lone surrogates.
 */
export type Cell = string | number | bigint | boolean | Date | null;

/** A row by column name: every declared column, and no other. */
export type Row = Readonly<Record<string, Cell>>;

/** Of a date or timestamp column: from inclusive, before exclusive. */
export interface Range {
  readonly from: string;
  readonly before: string;
}

/** What the rows of a load have in common: by column one value or a range; `{}` is the whole table. */
export type Scope = Readonly<Record<string, string | Range>>;

/**
 * Rows for one table. All loads of a table use one mode and scopes of the same columns that do not overlap,
 * since what a scope was loaded from is remembered by scope.
 */
export interface Load {
  readonly table: TableDeclaration;
  /** Equal content has an equal id: loading a batch again is a no-op that says so. */
  readonly batch: string;
  /**
   * `replace` (default): the rows take the place of the scope's rows; a key that repeats is an error.
   * `add`: rows whose key is there already, in the table or earlier in the batch, are left out; without
   * a key all rows are added, once a batch.
   */
  readonly mode?: 'replace' | 'add';
  readonly scope: Scope;
  /** Those that lie in files already may be given as `PublishedRows`. */
  readonly rows: AsyncIterable<Row> | Iterable<Row>;
  /** How many rows there are, asked for when they have ended: with fewer or more nothing is loaded. */
  readonly expected?: () => number;
}

export interface LoadResult {
  /** False when the batch had been loaded before. */
  readonly loaded: boolean;
  /** Rows of the batch. */
  readonly rows: number;
  /** Rows that it brought into the table when it was loaded, now or before: `rows` but for those left out. */
  readonly added: number;
}

/** Tables. Loading is staging, checks, replacement and the loads' manifest rows in one transaction. */
export interface Warehouse {
  /** Creates what is missing, adds columns that are new; never changes or drops one. */
  migrate(tables: readonly TableDeclaration[]): Promise<void>;
  /**
   * All or nothing.
   * @param after statements that end the same transaction, unless all loads had been loaded before
   * @returns results in the order of the loads
   */
  load(loads: readonly Load[], after?: readonly string[]): Promise<readonly LoadResult[]>;
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}
