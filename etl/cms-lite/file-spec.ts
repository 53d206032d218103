import type { ColumnType, TableDeclaration } from '../table.ts';
import type { CmsLiteParams, FileParams } from './params.ts';
import { REAL_FILES } from './real-files.ts';

/** Where the value of a table's column comes from. */
export type Source =
  | { readonly kind: 'field'; readonly index: number }
  | { readonly kind: 'part'; readonly index: number; readonly split: string; readonly part: number }
  | { readonly kind: 'constant'; readonly value: string };

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  readonly source: Source;
  readonly required: boolean;
  /** Format of strptime. */
  readonly format?: string;
  /** Characters to which a text is cut. */
  readonly limit?: number;
}

/** What becomes of one file of an archive. */
export interface FileSpec {
  /** Its name up to the first dot. */
  readonly name: string;
  readonly table: TableDeclaration;
  /** Names of the fields that are read, in the order of the file. */
  readonly fields: readonly string[];
  /** By field. */
  readonly replacements: readonly (readonly { readonly old: string; readonly new: string }[])[];
  readonly columns: readonly ColumnSpec[];
  readonly delim: string;
  readonly encoding: 'utf-8' | 'utf-16';
  readonly hasHeader: boolean;
  readonly stripQuotes: boolean;
  readonly truncates: boolean;
  readonly mayLackRows: boolean;
  readonly mayBeEmpty: boolean;
}

const WIDEST = 'varchar(65535)';

/**
 * What is said of a file goes before what is said of all; what is said of neither is, for the files of CMS Lite
 * itself, as it is there.
 */
const merged = (params: CmsLiteParams, name: string, file: FileParams): CmsLiteParams & FileParams => {
  const known = Object.entries(REAL_FILES).find(([real]) => real === name)?.[1];
  return {
    ...{ ...params, ...known, ...file },
    types: { ...known?.types, ...params.types, ...file.types },
    column_string_limit: { ...params.column_string_limit, ...file.column_string_limit },
    add_columns: { ...params.add_columns, ...file.add_columns },
    replace: [...(params.replace ?? []), ...(file.replace ?? [])],
    drop_columns: [...(params.drop_columns ?? []), ...(file.drop_columns ?? [])],
  };
};

type Merged = ReturnType<typeof merged>;

const typeOf = (column: string, options: Merged): ColumnType => {
  const said = options.types?.[column];
  if (said !== undefined) return said as ColumnType;
  if (options.dateformat?.some(({ field }) => field === column)) return 'timestamp';
  if (options.dtype_dic_bools?.includes(column)) return 'boolean';
  if (options.dtype_dic_ints?.includes(column)) return 'bigint';
  if (options.dtype_dic_floats?.includes(column)) return 'double';
  return WIDEST;
};

const typeOfConstant = (column: string, value: unknown, options: Merged): ColumnType => {
  const type = typeOf(column, options);
  if (type !== WIDEST) return type;
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'bigint' : 'double';
  return type;
};

const columnsOf = (options: Merged): readonly ColumnSpec[] => {
  const column = (name: string, source: Source, type = typeOf(name, options)): ColumnSpec => {
    const format = options.dateformat?.find(({ field }) => field === name)?.format;
    const limit = options.column_string_limit?.[name];
    return {
      ...{ name, type, source },
      required: options.required?.includes(name) === true,
      ...(format !== undefined && { format }),
      ...(limit !== undefined && { limit }),
    };
  };
  const all = [
    ...options.columns.map((name, index) => column(name, { kind: 'field', index })),
    ...(options.derive ?? []).flatMap(({ column: name, from, split, part }) => {
      const index = options.columns.indexOf(from);
      return index < 0 ? [] : [column(name, { kind: 'part', index, split, part })];
    }),
    ...Object.entries(options.add_columns ?? {}).map(([name, value]) =>
      column(
        name,
        { kind: 'constant', value: value === null ? '' : String(value) },
        typeOfConstant(name, value, options),
      ),
    ),
  ];
  // A later one of the same name takes the place of an earlier one.
  const last = new Map(all.map((spec) => [spec.name, spec]));
  return [...last.values()].filter(({ name }) => options.drop_columns?.includes(name) !== true);
};

const specOf = (params: CmsLiteParams, name: string, file: FileParams): FileSpec => {
  const options = merged(params, name, file);
  const columns = columnsOf(options);
  const truncates = options.truncate_columns === true;
  return {
    name,
    table: {
      schema: params.schema,
      name: file.dbtable,
      columns: Object.fromEntries(columns.map((column) => [column.name, column.type])),
      key: [],
      ...(truncates && {
        truncate: columns.filter(({ type }) => type.startsWith('varchar')).map((column) => column.name),
      }),
    },
    fields: file.columns,
    replacements: file.columns.map((field) => options.replace?.filter((each) => each.field === field) ?? []),
    columns,
    delim: params.delim,
    encoding: options.encoding ?? 'utf-8',
    hasHeader: options.no_header !== true,
    stripQuotes: options.strip_quotes === true,
    truncates,
    mayLackRows: options.allowEmpty === true || options.empty_files_ok === true,
    mayBeEmpty: options.empty_files_ok === true,
  };
};

/** The files of an archive, as the parameters have them. */
export const fileSpecs = (params: CmsLiteParams): readonly FileSpec[] =>
  Object.entries(params.files).map(([name, file]) => specOf(params, name, file));
