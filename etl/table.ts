/** `varchar(n)` counts bytes of UTF-8, at most 65535; `decimal(p,s)` keeps p digits, s of them after the point. */
export type ColumnType =
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'bigint'
  | 'double'
  | `varchar(${number})`
  | `decimal(${number},${number})`;

/** A warehouse table; its DDL in every dialect follows from this. */
export interface TableDeclaration {
  /** The schema it lies in, created when it is missing; absent: the warehouse's default one. */
  readonly schema?: string;
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** The columns that identify a row; none when nothing does: rows may then repeat. */
  readonly key: readonly string[];
  /** Texts too long for these columns are cut at the border of a character instead of refused. */
  readonly truncate?: readonly string[];
}

/** A table as messages and the manifest of loads name it: `schema.name`, or `name`. */
export const labelOf = ({ schema, name }: TableDeclaration): string =>
  schema === undefined ? name : `${schema}.${name}`;
