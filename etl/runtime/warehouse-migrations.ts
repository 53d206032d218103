import { failed } from '../../errors/errors.ts';
import { labelOf, type ColumnType, type TableDeclaration } from '../table.ts';

/** What was made by migrations: a row a column. */
export const MIGRATIONS: TableDeclaration = {
  name: 'peaches_migrations',
  columns: {
    table_name: 'varchar(256)',
    column_name: 'varchar(127)',
    column_type: 'varchar(32)',
    applied_at: 'timestamp',
  },
  key: ['table_name', 'column_name'],
};

/** A table as it should be and, unless it is missing, the types of its columns as the warehouse shows them. */
export interface FoundTable {
  readonly table: TableDeclaration;
  readonly present: ReadonlyMap<string, string> | undefined;
}

/** Columns that a table lacks; all of them when it is missing itself. */
export interface Migration {
  readonly table: TableDeclaration;
  readonly creates: boolean;
  readonly columns: readonly (readonly [name: string, type: ColumnType])[];
}

/**
 * What a table lacks. A table only ever grows: what is there and declared otherwise is refused.
 * @param shown a declared type as the warehouse shows it
 * @returns undefined when it lacks nothing
 * @throws TABLE_INCOMPATIBLE
 */
export const migrationOf = (
  { table, present }: FoundTable,
  shown: (type: ColumnType) => string,
): Migration | undefined => {
  const declared = Object.entries(table.columns);
  if (present === undefined) return { table, creates: true, columns: declared };
  for (const [column, has] of present) {
    const type = table.columns[column];
    if (type === undefined || shown(type) !== has) throw incompatible(table, column, has, type);
  }
  const columns = declared.filter(([column]) => !present.has(column));
  return columns.length === 0 ? undefined : { table, creates: false, columns };
};

const incompatible = (table: TableDeclaration, column: string, has: string, wanted: ColumnType | undefined) =>
  failed({
    code: 'TABLE_INCOMPATIBLE',
    message: `${labelOf(table)}.${column} is ${has} in the warehouse, but ${wanted === undefined ? 'not declared any more' : `declared ${wanted}`}.`,
    hint: 'Columns are only ever added: keep the declaration of the old one and give the new one another name, or change the table by hand.',
    details: { table: labelOf(table), column, has, wanted },
  });
