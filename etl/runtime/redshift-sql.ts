import { failed } from '../../errors/errors.ts';
import type { ColumnType, TableDeclaration } from '../table.ts';
import { identifier, LOADS, scopeText } from './table-rows.ts';
import type { Load } from './warehouse.ts';

/**
 * The SQL that Redshift is sent, as pure functions of what is to be done. Identifiers are checked, texts
 * are quoted here and nowhere else: the Data API binds no parameters in a batch.
 */

const STAGING = 'peaches_staging';

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

/** A literal inside COPY, which takes no expressions. @throws COPY_SOURCE_INVALID */
const copyLiteral = (text: string): string => {
  if (/^[\w:/.=+@,-]+$/u.test(text)) return `'${text}'`;
  throw failed({
    code: 'COPY_SOURCE_INVALID',
    message: `${JSON.stringify(text)} cannot be named in a COPY.`,
    hint: 'Use letters, digits and -_./:=+@, in names of buckets, roles and batches.',
    details: { text },
  });
};

const typeOf = (type: ColumnType): string => (type === 'double' ? 'double precision' : type);

const columnsOf = (table: TableDeclaration): string => Object.keys(table.columns).map(identifier).join(', ');

/** @returns DDL that creates what is missing and changes nothing that is there */
export const createTable = (table: TableDeclaration): string => {
  const columns = Object.entries(table.columns).map(([name, type]) => `${identifier(name)} ${typeOf(type)}`);
  return `CREATE TABLE IF NOT EXISTS ${identifier(table.name)} (${columns.join(', ')})`;
};

export const addColumn = (table: TableDeclaration, column: string, type: ColumnType): string =>
  `ALTER TABLE ${identifier(table.name)} ADD COLUMN ${identifier(column)} ${typeOf(type)}`;

/** Names of a table's columns and their types as they are, `character varying(8)`. */
export const describeTable = (table: TableDeclaration): string =>
  `SELECT column_name, data_type || CASE WHEN character_maximum_length IS NULL THEN '' ELSE '(' || character_maximum_length || ')' END AS shown_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ${literal(table.name)}`;

/** A declared type as `information_schema` shows it. */
export const shownType = (type: ColumnType): string => {
  const width = /^varchar(\(\d+\))$/u.exec(type)?.[1];
  if (width !== undefined) return `character varying${width}`;
  return {
    date: 'date',
    timestamp: 'timestamp without time zone',
    bigint: 'bigint',
    double: 'double precision',
  }[type as 'date' | 'timestamp' | 'bigint' | 'double'];
};

const loadIs = ({ table, scope }: Load): string =>
  `table_name = ${literal(table.name)} AND scope = ${literal(scopeText(scope))}`;

/** Whether this very batch is what the scope holds now. */
export const findLoad = (load: Load): string =>
  `SELECT row_count FROM ${identifier(LOADS.name)} WHERE ${loadIs(load)} AND batch = ${literal(load.batch)}`;

/** A statement that fails, and with it the transaction, unless the count is what it must be. */
const assertCount = (what: string, counted: string, expected: number): string =>
  `SELECT 1 / (CASE WHEN n = ${expected} THEN 1 ELSE 0 END) AS ${identifier(what)} FROM (SELECT count(*) AS n FROM ${counted}) AS counted`;

export interface CopySource {
  /** `s3://bucket/key` of the manifest; every file in it is mandatory. */
  readonly manifestUrl: string;
  readonly roleArn: string;
  readonly rows: number;
}

/**
 * A load as the statements of one transaction. The lock comes first, so that of two loaders the second
 * sees what the first has committed; it then fails at `not_loaded_yet`.
 */
export const loadStatements = (load: Load, { manifestUrl, roleArn, rows }: CopySource): readonly string[] => {
  const { table, batch, scope } = load;
  const name = identifier(table.name);
  const columns = columnsOf(table);
  const key = table.key.map(identifier).join(', ');
  const loads = identifier(LOADS.name);
  const inScope = Object.entries(scope).map(([column, value]) => `${identifier(column)} = ${literal(value)}`);
  const sameKey = table.key
    .map((column) => `t.${identifier(column)} = s.${identifier(column)}`)
    .join(' AND ');
  return [
    `LOCK ${loads}`,
    assertCount('not_loaded_yet', `${loads} WHERE ${loadIs(load)} AND batch = ${literal(batch)}`, 0),
    `CREATE TEMP TABLE ${STAGING} (LIKE ${name})`,
    `COPY ${STAGING} (${columns}) FROM ${copyLiteral(manifestUrl)} IAM_ROLE ${copyLiteral(roleArn)} MANIFEST FORMAT AS JSON 'auto' GZIP DATEFORMAT 'YYYY-MM-DD' TIMEFORMAT 'auto' COMPUPDATE OFF STATUPDATE OFF`,
    assertCount('all_rows_came', STAGING, rows),
    assertCount(
      'keys_are_unique',
      `(SELECT ${key} FROM ${STAGING} GROUP BY ${key} HAVING count(*) > 1) AS repeated`,
      0,
    ),
    `DELETE FROM ${name}${inScope.length === 0 ? '' : ` WHERE ${inScope.join(' AND ')}`}`,
    assertCount('keys_are_free', `${STAGING} AS s JOIN ${name} AS t ON ${sameKey}`, 0),
    `INSERT INTO ${name} (${columns}) SELECT ${columns} FROM ${STAGING}`,
    `DELETE FROM ${loads} WHERE ${loadIs(load)}`,
    `INSERT INTO ${loads} (table_name, scope, batch, row_count, loaded_at) VALUES (${[table.name, scopeText(scope), batch].map(literal).join(', ')}, ${rows}, getdate())`,
    `DROP TABLE ${STAGING}`,
  ];
};

/** Whether a statement of a load is one that makes sure of its keys. */
export const isKeyCheck = (statement: string): boolean => /AS "keys_are_/u.test(statement);

/** What COPY could not read, newest first. */
export const findCopyErrors = (manifestUrl: string): string =>
  `SELECT file_name, line_number, column_name, error_message FROM sys_load_error_detail WHERE start_time > dateadd(hour, -1, getdate()) AND file_name LIKE ${literal(`${manifestUrl.slice(0, manifestUrl.lastIndexOf('/') + 1)}%`)} ORDER BY start_time DESC LIMIT 20`;
