import { failed } from '../../errors/errors.ts';
import { labelOf, type ColumnType, type TableDeclaration } from '../table.ts';
import { digitsOf, widthOf } from './plain-cells.ts';
import { identifier, tableName } from './table-rows.ts';
import { MIGRATIONS, type Migration } from './warehouse-migrations.ts';

/**
 * The SQL that Redshift is sent, as pure functions of what is to be done. Identifiers are checked, texts
 * are quoted here and nowhere else: the Data API binds no parameters in a batch.
 */

/**
 * A text as a literal. Backslashes are spelled `chr(92)`, so that the literal means the same whether or
 * not the server takes a backslash for an escape.
 * @throws TEXT_UNSTORABLE for a NUL, which no Redshift text can hold
 */
export const literal = (text: string): string => {
  if (text.includes('\0')) {
    throw failed({
      code: 'TEXT_UNSTORABLE',
      message: 'A text with a NUL character cannot be stored in Redshift.',
      hint: 'Remove the character in the stage that makes the rows.',
    });
  }
  const parts = text.split('\\').map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? (parts[0] ?? "''") : `(${parts.join(' || chr(92) || ')})`;
};

/** @throws TABLE_INVALID for a width or a number of digits that Redshift lacks */
export const typeOf = (type: ColumnType): string => {
  if (type === 'double') return 'double precision';
  const sized = type.startsWith('varchar') || type.startsWith('decimal');
  if (!sized || widthOf(type) !== undefined || digitsOf(type) !== undefined) return type;
  throw failed({
    code: 'TABLE_INVALID',
    message: `Redshift has no ${type}.`,
    hint: 'Use varchar(1) to varchar(65535), or decimal(p,s) of at most 38 digits.',
    details: { type },
  });
};

/** A declared type as `describeTables` shows it. */
export const shownType = (type: ColumnType): string =>
  typeOf(type)
    .replace('varchar', 'character varying')
    .replace('decimal', 'numeric')
    .replace('timestamp', 'timestamp without time zone');

const ddl = (columns: Migration['columns']): string =>
  columns.map(([name, type]) => `${identifier(name)} ${typeOf(type)}`).join(', ');

/** A migration as the statements of one transaction; its journal rows come with it. */
export const migrationStatements = ({ table, creates, columns }: Migration): readonly string[] => {
  const name = tableName(table);
  const journal = columns.map(
    ([column, type]) => `(${[labelOf(table), column, type].map(literal).join(', ')}, getdate())`,
  );
  return [
    ...(table.schema === undefined ? [] : [`CREATE SCHEMA IF NOT EXISTS ${identifier(table.schema)}`]),
    ...(creates
      ? [`CREATE TABLE ${name} (${ddl(columns)})`]
      : columns.map((column) => `ALTER TABLE ${name} ADD COLUMN ${ddl([column])}`)),
    `INSERT INTO ${tableName(MIGRATIONS)} (table_name, column_name, column_type, applied_at) VALUES ${journal.join(', ')}`,
  ];
};

const SHOWN_TYPE = `data_type || CASE WHEN data_type = 'character varying' THEN '(' || character_maximum_length || ')' WHEN data_type = 'numeric' THEN '(' || numeric_precision || ',' || numeric_scale || ')' ELSE '' END`;

/** The columns of tables and their types as they are, `character varying(8)`. */
export const describeTables = (tables: readonly TableDeclaration[]): string =>
  tables
    .map((table) => {
      const schema = table.schema === undefined ? 'current_schema()' : literal(table.schema);
      return `SELECT ${literal(labelOf(table))} AS table_label, column_name, ${SHOWN_TYPE} AS shown_type FROM information_schema.columns WHERE table_schema = ${schema} AND table_name = ${literal(table.name)}`;
    })
    .join(' UNION ALL ');
