import type { DuckDBConnection } from '@duckdb/node-api';
import { failed, messageOf, PeachesError } from '../../errors/errors.ts';
import { labelOf, type ColumnType } from '../table.ts';
import { digitsOf, widthOf } from './plain-cells.ts';
import type { PublishedRows } from './published-rows.ts';
import type { Target } from './duckdb-append.ts';
import { typeOf } from './duckdb-migration.ts';
import { identifier, plainScope } from './table-rows.ts';
import type { Load, Range } from './warehouse.ts';

/** Bytes of a row at most, as Redshift reads it. DuckDB's buffers hold some of them. */
const MOST_ROW_BYTES = 4 << 20;
/** What a path means to DuckDB beyond its letters. */
const WILDCARD = /[*?[\]{}]/u;
/** Begins the message of a refused cell: column and reason follow. */
const REFUSED = 'peaches refuses';

/** A text as DuckDB's SQL has it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const isNot = (value: string, type: string, wanted: string | Range): string => {
  const cast = (text: string): string => `CAST(${literal(text)} AS ${type})`;
  return typeof wanted === 'string'
    ? `${value} <> ${cast(wanted)}`
    : `${value} < ${cast(wanted.from)} OR ${value} >= ${cast(wanted.before)}`;
};

/** When a text is no value of a type though it can be cast to it: DuckDB rounds, and knows infinity. */
const strayOf = (text: string, value: string, type: ColumnType): string => {
  const width = widthOf(type);
  if (width !== undefined) return `strlen(${text}) > ${width} OR contains(${text}, chr(0))`;
  const digits = digitsOf(type);
  if (digits !== undefined) return `strlen(rtrim(split_part(${text}, '.', 2), '0')) > ${digits.scale}`;
  if (type === 'boolean') return 'false';
  if (type === 'bigint') return `contains(${text}, '.')`;
  return type === 'double'
    ? `NOT isfinite(${value})`
    : `NOT isfinite(${value}) OR year(${value}) NOT BETWEEN 1 AND 9999`;
};

/** A column of the files as a column of the table. A cell that does not fit is an error that names the column. */
const cellOf = (load: Load, name: string, type: ColumnType): string => {
  const text = identifier(name);
  const value = type.startsWith('varchar') ? text : `TRY_CAST(${text} AS ${typeOf(type)})`;
  const wanted = plainScope(load)[name];
  const refuse = (why: string): string => `error(${literal(`${REFUSED} ${name}: ${why}`)})`;
  const cases = [
    `WHEN ${text} IS NULL THEN ${
      load.table.key.includes(name)
        ? refuse('is part of the key and empty')
        : wanted === undefined
          ? 'NULL'
          : refuse("is outside the load's scope")
    }`,
    `WHEN ${value} IS NULL OR ${strayOf(text, value, type)} THEN ${refuse(`is no ${type}`)}`,
    ...(wanted === undefined
      ? []
      : [`WHEN ${isNot(value, typeOf(type), wanted)} THEN ${refuse("is outside the load's scope")}`]),
  ];
  return `CASE ${cases.join(' ')} ELSE ${value} END`;
};

const readerOf = (
  kind: PublishedRows['kind'],
  files: readonly string[],
  names: readonly string[],
): string => {
  const paths = `[${files.map(literal).join(', ')}]`;
  const columns = `{${names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')}}`;
  return kind === 'json'
    ? `read_json(${paths}, format = 'newline_delimited', columns = ${columns}, maximum_object_size = ${MOST_ROW_BYTES})`
    : `read_csv(${paths}, columns = ${columns}, auto_detect = false, header = true, delim = '|', quote = '"', escape = '"', nullstr = '', parallel = false, max_line_size = ${MOST_ROW_BYTES}, buffer_size = ${2 * MOST_ROW_BYTES})`;
};

/** Whether DuckDB can be told these paths and no others. */
export const isReadable = (files: readonly string[]): boolean =>
  files.length > 0 && !files.some((file) => WILDCARD.test(file));

/**
 * Has DuckDB append what lies in files of rows.
 * @returns how many rows there were
 * @throws LOAD_INVALID, without the value that does not fit
 */
export const insertFiles = async (
  connection: DuckDBConnection,
  load: Load,
  { kind, files }: { readonly kind: PublishedRows['kind']; readonly files: readonly string[] },
  { catalog, schema, name }: Target,
): Promise<number> => {
  const target = [...(catalog === undefined ? [] : [catalog]), schema, name].map(identifier).join('.');
  const columns = Object.entries(load.table.columns);
  const names = columns.map(([column]) => column);
  const cells = columns.map(([column, type]) => cellOf(load, column, type));
  try {
    const { rowsChanged } = await connection.run(
      `INSERT INTO ${target} (${names.map(identifier).join(', ')}) SELECT ${cells.join(', ')} FROM ${readerOf(kind, files, names)}`,
    );
    return rowsChanged;
  } catch (error) {
    throw isOutOfMemory(error) ? error : unreadable(load, error);
  }
};

/** Rows can be too long for as many as DuckDB reads at once. */
export const isOutOfMemory = (error: unknown): boolean =>
  !(error instanceof PeachesError) && /out of memory|failed to pin block/iu.test(messageOf(error));

const unreadable = (load: Load, error: unknown): PeachesError => {
  const message = messageOf(error);
  const [, column, why] = new RegExp(`${REFUSED} (\\w+): ([^\\n"]+)`, 'u').exec(message) ?? [];
  const line = /\bline:? (\d+)/iu.exec(message)?.[1];
  const table = labelOf(load.table);
  const what = column === undefined ? 'A published file' : `A published row`;
  const reason =
    column === undefined
      ? `it can't be read${line === undefined ? '' : `, line ${line}`}`
      : `${column} ${why ?? ''}`;
  return failed({
    code: 'LOAD_INVALID',
    message: `${what} does not fit ${table}: ${reason}.`,
    hint: 'Nothing was loaded. Mend the stage that publishes the rows, or the declaration of the table.',
    details: { table, ...(column !== undefined && { column }), ...(line !== undefined && { line }) },
  });
};
