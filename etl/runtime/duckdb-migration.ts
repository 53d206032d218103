import type { DuckDBConnection } from '@duckdb/node-api';
import { labelOf, type ColumnType, type TableDeclaration } from '../table.ts';
import { identifier, tableName } from './table-rows.ts';
import { migrationOf, MIGRATIONS } from './warehouse-migrations.ts';

/** DuckDB keeps no varchar widths: they are checked row by row, and the journal remembers them. */
export const typeOf = (type: ColumnType): string =>
  type.startsWith('varchar') ? 'VARCHAR' : type.toUpperCase();

/** Types of a table's columns: as declared when they were made, else as DuckDB has them. */
const presentTypes = async (
  connection: DuckDBConnection,
  table: TableDeclaration,
): Promise<ReadonlyMap<string, string> | undefined> => {
  const physical = await connection.runAndReadAll(
    `SELECT column_name, data_type FROM information_schema.columns
     WHERE table_catalog = current_database() AND table_schema = $1 AND table_name = $2`,
    [table.schema ?? 'main', table.name],
  );
  if (physical.currentRowCount === 0) return undefined;
  const made = await connection.runAndReadAll(
    `SELECT column_name, column_type FROM ${tableName(MIGRATIONS)} WHERE table_name = $1`,
    [labelOf(table)],
  );
  const declared = new Map(made.getRows().map(([column, type]) => [String(column), String(type)]));
  return new Map(
    physical.getRows().map(([column, type]) => {
      const as = declared.get(String(column));
      return [String(column), as !== undefined && typeOf(as as ColumnType) === type ? as : String(type)];
    }),
  );
};

/** @throws TABLE_INCOMPATIBLE, TABLE_INVALID */
export const migrateTable = async (connection: DuckDBConnection, table: TableDeclaration): Promise<void> => {
  const migration = migrationOf({ table, present: await presentTypes(connection, table) }, (type) => type);
  if (migration === undefined) return;
  const name = tableName(table);
  const ddl = migration.columns.map(([column, type]) => `${identifier(column)} ${typeOf(type)}`);
  if (table.schema !== undefined)
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${identifier(table.schema)}`);
  if (migration.creates) await connection.run(`CREATE TABLE ${name} (${ddl.join(', ')})`);
  else for (const column of ddl) await connection.run(`ALTER TABLE ${name} ADD COLUMN ${column}`);
  for (const [column, type] of migration.columns) {
    await connection.run(
      `INSERT INTO ${tableName(MIGRATIONS)} (table_name, column_name, column_type, applied_at)
       VALUES ($1, $2, $3, (current_timestamp AT TIME ZONE 'UTC')::TIMESTAMP)`,
      [labelOf(table), column, type],
    );
  }
};
