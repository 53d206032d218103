import type { ColumnType, TableDeclaration } from '../table.ts';
import type { CmsLiteParams, FileParams } from './param-shape.ts';
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

/** A column of several values, and the tables that these get. */
export interface LookupSpec {
  readonly column: ColumnSpec;
  readonly delim: string;
  /** `id`, `value`. */
  readonly dictionary: TableDeclaration;
  /** The row's key, `lookup_id`. */
  readonly links: TableDeclaration;
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
  /** Tells rows apart. */
  readonly key: ColumnSpec;
  /** Rows are kept by their key, and marked. */
  readonly keepsRows: boolean;
  readonly lookups: readonly LookupSpec[];
  readonly delim: string;
  readonly encoding: 'utf-8' | 'utf-16';
  readonly hasHeader: boolean;
  readonly stripQuotes: boolean;
  readonly truncates: boolean;
  readonly mayLackRows: boolean;
  readonly mayBeEmpty: boolean;
}

const WIDEST = 'varchar(65535)';

/** Columns by which rows are kept: when one came and went, and whether it is of the archive being loaded. */
export const MARKS = {
  added: { name: 'date_added', type: 'date', value: '' },
  removed: { name: 'date_removed', type: 'date', value: '' },
  status: { name: 'data_status', type: 'varchar(4)', value: 'new' },
} as const;

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
  const mark = Object.values(MARKS).find(({ name }) => name === column);
  return options.ldb_sku === true && mark !== undefined ? mark.type : WIDEST;
};

const typeOfConstant = (column: string, value: unknown, options: Merged): ColumnType => {
  const type = typeOf(column, options);
  if (type !== WIDEST) return type;
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'bigint' : 'double';
  return type;
};

const keyOf = ({ row_key: key, columns }: Merged): string => key ?? columns[0] ?? '';

/** All columns that a file has to give, by name; those that are not loaded as well. */
const columnsOf = (options: Merged): ReadonlyMap<string, ColumnSpec> => {
  const needsKey = options.ldb_sku === true || options.columns_lookup !== undefined;
  const column = (name: string, source: Source, type = typeOf(name, options)): ColumnSpec => {
    const format = options.dateformat?.find(({ field }) => field === name)?.format;
    const limit = options.column_string_limit?.[name];
    return {
      ...{ name, type, source },
      required: options.required?.includes(name) === true || (needsKey && name === keyOf(options)),
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
    ...(options.ldb_sku === true
      ? Object.values(MARKS).map(({ name, value }) => column(name, { kind: 'constant', value }))
      : []),
  ];
  // A later one of the same name takes the place of an earlier one.
  return new Map(all.map((spec) => [spec.name, spec]));
};

/** Texts of these columns are cut to their width. */
const cut = (truncates: boolean, columns: readonly Pick<ColumnSpec, 'name' | 'type'>[]) =>
  truncates
    ? { truncate: columns.filter(({ type }) => type.startsWith('varchar')).map(({ name }) => name) }
    : {};

/** Archives that are added bring values that are there already, which the key leaves out. */
const lookupsOf = (
  { schema, truncate }: CmsLiteParams,
  options: Merged,
  key: ColumnSpec,
  columns: ReadonlyMap<string, ColumnSpec>,
): readonly LookupSpec[] =>
  (options.columns_lookup ?? []).flatMap((name, at) => {
    const [column, dictionary] = [columns.get(name), options.dbtables_dictionaries?.[at]];
    if (column === undefined || dictionary === undefined) return [];
    const truncates = options.truncate_columns === true;
    return [
      {
        column,
        delim: options.nested_delim ?? '',
        dictionary: {
          ...{ schema, name: dictionary, key: truncate ? [] : ['id'] },
          columns: { id: 'bigint', value: column.type },
          ...cut(truncates, [{ name: 'value', type: column.type }]),
        },
        links: {
          ...{ schema, name: options.dbtables_metadata?.[at] ?? `${options.dbtable}_${dictionary}`, key: [] },
          columns: { [key.name]: key.type, lookup_id: 'bigint' },
          ...cut(truncates, [key]),
        },
      },
    ];
  });

const specOf = (params: CmsLiteParams, name: string, file: FileParams): FileSpec => {
  const options = merged(params, name, file);
  const all = columnsOf(options);
  const columns = [...all.values()].filter((column) => options.drop_columns?.includes(column.name) !== true);
  const key = all.get(keyOf(options)) ?? columns[0];
  if (key === undefined) throw new RangeError(`${name} has no column`);
  const truncates = options.truncate_columns === true;
  return {
    name,
    table: {
      schema: params.schema,
      name: file.dbtable,
      columns: Object.fromEntries(columns.map((column) => [column.name, column.type])),
      key: [],
      ...cut(truncates, columns),
    },
    fields: file.columns,
    replacements: file.columns.map((field) => options.replace?.filter((each) => each.field === field) ?? []),
    columns,
    key,
    keepsRows: options.ldb_sku === true,
    lookups: lookupsOf(params, options, key, all),
    delim: params.delim,
    encoding: options.encoding ?? 'utf-8',
    hasHeader: options.no_header !== true,
    stripQuotes: options.strip_quotes === true,
    truncates,
    mayLackRows: options.allowEmpty === true || options.empty_files_ok === true,
    mayBeEmpty: options.empty_files_ok === true,
  };
};

/** All tables that a file fills. */
export const tablesOf = ({ table, lookups }: FileSpec): readonly TableDeclaration[] => [
  table,
  ...lookups.flatMap(({ dictionary, links }) => [dictionary, links]),
];

/** The files of an archive, as the parameters have them. */
export const fileSpecs = (params: CmsLiteParams): readonly FileSpec[] =>
  Object.entries(params.files).map(([name, file]) => specOf(params, name, file));
