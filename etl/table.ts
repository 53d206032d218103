export type ColumnType = 'date' | 'timestamp' | 'bigint' | 'double' | `varchar(${number})`;

/** A warehouse table; its DDL in every dialect follows from this. */
export interface TableDeclaration {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** The columns that identify a row. */
  readonly key: readonly string[];
}
