import type { TableDeclaration } from '../table.ts';

export type Cell = string | number | bigint | Date | null;

/** Rows that replace all rows of a scope (for instance one date) in one transaction. */
export interface Load {
  readonly table: TableDeclaration;
  /** Equal content has an equal id: a second load of the same batch is a no-op that says so. */
  readonly batch: string;
  /** Column values that the replaced rows have in common. */
  readonly scope: Readonly<Record<string, string>>;
  readonly rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>;
}

export interface LoadResult {
  /** False when the batch had been loaded before. */
  readonly loaded: boolean;
  readonly rows: number;
}

/** Tables. Every load is staging, checks, replacement and the load's manifest row in one transaction. */
export interface Warehouse {
  /** Creates what is missing, adds columns that are new; never drops. */
  migrate(tables: readonly TableDeclaration[]): Promise<void>;
  load(load: Load): Promise<LoadResult>;
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}
