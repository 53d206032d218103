import { didYouMean } from '../../errors/suggest.ts';
import { statementsTooMany } from '../runtime/redshift-load-sql.ts';
import { fileSpecs, MARKS, tablesOf } from './file-spec.ts';
import { followUpOf } from './follow-up.ts';
import { paramShape, type CmsLiteParams, type FileParams } from './param-shape.ts';

export { SQL_FILE, type CmsLiteParams } from './param-shape.ts';

/** Something that does not go with the rest, and where. */
interface Slip {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const repeated = (words: readonly string[]): string | undefined =>
  words.find((word, at) => words.indexOf(word) < at);

/** Columns that an option names, each with its place in it. */
const namedBy = (options: Partial<FileParams>): readonly (readonly [Slip['path'], string])[] => [
  ...(['column_string_limit', 'types'] as const).flatMap((option) =>
    Object.keys(options[option] ?? {}).map((column) => [[option, column], column] as const),
  ),
  ...(
    [
      ...(['dtype_dic_strings', 'dtype_dic_bools', 'dtype_dic_ints', 'dtype_dic_floats'] as const),
      ...(['required', 'drop_columns'] as const),
    ] as const
  ).flatMap((option) => (options[option] ?? []).map((column, at) => [[option, at], column] as const)),
  ...(['replace', 'dateformat'] as const).flatMap((option) =>
    (options[option] ?? []).map(({ field }, at) => [[option, at, 'field'], field] as const),
  ),
];

const derivedFrom = ({ derive = [] }: Partial<FileParams>): readonly (readonly [Slip['path'], string])[] =>
  derive.map(({ from }, at) => [['derive', at, 'from'], from]);

const unknown = (
  named: readonly (readonly [Slip['path'], string])[],
  columns: readonly string[],
): readonly Slip[] =>
  named
    .filter(([, column]) => !columns.includes(column))
    .map(([path, column]) => ({
      path,
      message: `names ${column}, which is no column.${didYouMean(column, columns)}`,
    }));

const columnsOf = (params: CmsLiteParams, file: FileParams): readonly string[] => [
  ...file.columns,
  ...[...(params.derive ?? []), ...(file.derive ?? [])].map(({ column }) => column),
  ...Object.keys({ ...params.add_columns, ...file.add_columns }),
  ...Object.values(MARKS).map(({ name }) => name),
];

const slipsOfLookups = (params: CmsLiteParams, file: FileParams): readonly Slip[] => {
  const { columns_lookup: lookups, dbtables_dictionaries: dictionaries, dbtables_metadata: links } = file;
  if (lookups === undefined) {
    return (['nested_delim', 'dbtables_dictionaries', 'dbtables_metadata'] as const)
      .filter((option) => file[option] !== undefined)
      .map((option) => ({ path: [option], message: 'needs columns_lookup' }));
  }
  const wrongLength = (option: string, tables: readonly string[]): readonly Slip[] =>
    tables.length === lookups.length
      ? []
      : [{ path: [option], message: `has ${tables.length} tables for ${lookups.length} columns_lookup` }];
  const twice = repeated(lookups);
  return [
    ...(file.nested_delim === undefined && params.nested_delim === undefined
      ? [{ path: ['columns_lookup'], message: 'needs nested_delim' }]
      : []),
    ...(twice === undefined ? [] : [{ path: ['columns_lookup'], message: `names ${twice} twice` }]),
    ...wrongLength('dbtables_dictionaries', dictionaries ?? []),
    ...(links === undefined ? [] : wrongLength('dbtables_metadata', links)),
    ...unknown(
      lookups.map((column, at) => [['columns_lookup', at], column]),
      file.columns,
    ),
  ];
};

const slipsOfFile = (params: CmsLiteParams, file: FileParams): readonly Slip[] => {
  const { columns, column_count: count = columns.length, row_key: key } = file;
  return [
    ...(repeated(columns) === undefined ? [] : [{ path: ['columns'], message: 'names a column twice' }]),
    ...(count === columns.length
      ? []
      : [{ path: ['column_count'], message: `is ${count}, but ${columns.length} columns have names` }]),
    ...unknown(namedBy(file), columnsOf(params, file)),
    ...unknown(derivedFrom(file), columns),
    ...(key === undefined ? [] : unknown([[['row_key'], key]], columns)),
    ...slipsOfLookups(params, file),
  ];
};

/** What is wrong with the tables of parameters that are right by themselves. */
const slipsOfTables = (params: CmsLiteParams): readonly Slip[] => {
  const specs = fileSpecs(params);
  const tables = specs.flatMap((spec) => tablesOf(spec).map((table) => ({ file: spec.name, table })));
  const twice = repeated(tables.map(({ table }) => table.name));
  const mode = params.truncate ? 'replace' : 'add';
  const tooMany = statementsTooMany(
    tables.map(({ table }) => ({ table, mode, batch: '', scope: {}, rows: [] })),
    followUpOf(params, '2000-01-01'),
  );
  return [
    ...(twice === undefined
      ? []
      : [
          {
            path: ['files', tables.findLast(({ table }) => table.name === twice)?.file ?? ''],
            message: `fills the table ${twice}, which is filled by something else as well`,
          },
        ]),
    ...(tooMany === 0
      ? []
      : [
          {
            path: [params.sql_query === undefined ? 'files' : 'sql_query'],
            message: `makes ${tooMany} statements more than one transaction of Redshift's Data API holds: fill fewer tables, or end it with fewer statements`,
          },
        ]),
    ...specs.flatMap(({ name, key, keepsRows, lookups, table }) => [
      ...lookups
        .filter(({ column }) => !column.type.startsWith('varchar'))
        .map(({ column }) => ({
          path: ['files', name, 'columns_lookup'],
          message: `names ${column.name}, which is no text`,
        })),
      ...(lookups.length > 0 && key.name === 'lookup_id'
        ? [
            {
              path: ['files', name, 'row_key'],
              message: 'is lookup_id, as the other column of dbtables_metadata',
            },
          ]
        : []),
      ...(keepsRows && !Object.hasOwn(table.columns, key.name)
        ? [
            {
              path: ['files', name, 'drop_columns'],
              message: `drops ${key.name}, by which ldb_sku keeps rows`,
            },
          ]
        : []),
      ...(keepsRows && params.truncate
        ? [{ path: ['truncate'], message: 'is to be false for ldb_sku: what replaces a table keeps nothing' }]
        : []),
    ]),
  ];
};

const slipsOf = (params: CmsLiteParams): readonly Slip[] => {
  const files = Object.entries(params.files);
  if (files.length === 0) return [{ path: ['files'], message: 'names no file' }];
  const splits = files.some(([, { columns_lookup: lookups }]) => lookups !== undefined);
  const slips = [
    ...(params.nested_delim === undefined || splits
      ? []
      : [{ path: ['nested_delim'], message: 'needs columns_lookup in one of the files' }]),
    ...files.flatMap(([name, file]) =>
      slipsOfFile(params, file).map(({ path, message }) => ({ path: ['files', name, ...path], message })),
    ),
    ...unknown(
      namedBy(params),
      files.flatMap(([, file]) => columnsOf(params, file)),
    ),
    ...unknown(
      derivedFrom(params),
      files.flatMap(([, file]) => file.columns),
    ),
  ];
  return slips.length > 0 ? slips : slipsOfTables(params);
};

/** The feed's section of the configuration. */
export const cmsLiteParams = paramShape.superRefine((params, context) => {
  for (const { path, message } of slipsOf(params))
    context.addIssue({ code: 'custom', path: [...path], message });
});
