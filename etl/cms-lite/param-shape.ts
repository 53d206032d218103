import { z } from 'zod';
import { digitsOf, widthOf } from '../runtime/plain-cells.ts';
import { scriptProblem } from '../runtime/sql-script.ts';
import type { ColumnType } from '../table.ts';
import { REAL_FILES } from './real-files.ts';
import { timeFormatProblem } from './time-format.ts';

const name = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_]{0,126}$/,
    'is to be at most 127 lower case letters, digits and underscores, as Redshift folds names',
  );
const names = z.array(name);
const prefix = z
  .string()
  .regex(/^(?!.*(?:\/\/|\.\.))[^/].*[^/]$|^[^/]$/, 'is a prefix without a slash at its start or end');
const columnType = z
  .string()
  .regex(
    /^(boolean|date|timestamp|bigint|double|varchar\([1-9]\d{0,4}\)|decimal\([1-9]\d?,\d{1,2}\))$/,
    'is boolean, date, timestamp, bigint, double, varchar(n) or decimal(p,s)',
  )
  .refine(
    (type) =>
      !type.includes('(') ||
      widthOf(type as ColumnType) !== undefined ||
      digitsOf(type as ColumnType) !== undefined,
    'is at most varchar(65535), or decimal of 38 digits',
  );
const pattern = z.string().refine((text) => {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}, 'is no regular expression');

/** Its text travels in the environment of containers, beside everything else that they are told. */
const MOST_SCRIPT_BYTES = 16_384;

const script = z.string().superRefine((text, context) => {
  const problem =
    Buffer.byteLength(text) > MOST_SCRIPT_BYTES
      ? `is longer than ${MOST_SCRIPT_BYTES} bytes`
      : scriptProblem(text);
  if (problem !== undefined) context.addIssue(problem);
});

/** What may be said of all files, and of each. */
const options = {
  encoding: z.enum(['utf-8', 'utf-16']).optional().describe('Encoding of the files'),
  no_header: z.boolean().optional().describe('The files have no header'),
  strip_quotes: z
    .boolean()
    .optional()
    .describe('Double quotes are no CSV syntax: they are taken out wherever they stand'),
  allowEmpty: z
    .boolean()
    .optional()
    .describe('A file of nothing but a header is good; where tables are replaced it empties its table'),
  empty_files_ok: z.boolean().optional().describe('As allowEmpty, for files without a byte as well'),
  column_string_limit: z
    .record(name, z.int().positive())
    .optional()
    .describe('Characters to which texts of these columns are cut'),
  truncate_columns: z
    .boolean()
    .optional()
    .describe('Texts too long for their column are cut instead of rejected'),
  types: z.record(name, columnType).optional().describe('Types of columns, by column'),
  dtype_dic_strings: names.optional().describe('Columns of text'),
  dtype_dic_bools: names.optional().describe('Columns of true and false'),
  dtype_dic_ints: names.optional().describe('Columns of whole numbers'),
  dtype_dic_floats: names.optional().describe('Columns of numbers'),
  required: names.optional().describe('Columns that may not be empty; rows in which one is are rejected'),
  add_columns: z
    .record(name, z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional()
    .describe('Columns of one value for all rows'),
  drop_columns: names.optional().describe('Columns that are read and not loaded'),
  replace: z
    .array(z.strictObject({ field: name, old: z.string().min(1), new: z.string() }))
    .optional()
    .describe('Texts to be replaced, wherever they occur in the column'),
  derive: z
    .array(z.strictObject({ column: name, from: name, split: z.string().min(1), part: z.int().positive() }))
    .optional()
    .describe('Columns that are a part (from 1) of another one, split at a text; empty where there is none'),
  nested_delim: z
    .string()
    .min(1)
    .optional()
    .describe('What stands between the values of a column that holds several'),
  ldb_sku: z
    .boolean()
    .optional()
    .describe(
      'Rows are kept by row_key: date_added and date_removed tell when one came and went. Archives are added',
    ),
};

const file = z.strictObject({
  dbtable: name.describe('Table that the file fills'),
  columns: names.min(1).describe('Names of its columns, in the order of the file'),
  column_count: z.int().positive().optional().describe('Columns to be read, as many as there are names'),
  dateformat: z
    .array(
      z.strictObject({
        field: name,
        format: z.string().superRefine((format, context) => {
          const problem = timeFormatProblem(format);
          if (problem !== undefined) context.addIssue(problem);
        }),
      }),
    )
    .optional()
    .describe('Formats of dates and times, in the codes of strptime'),
  row_key: name.optional().describe('Column that tells rows apart (default: the first)'),
  columns_lookup: names.optional().describe('Columns of several values, which get tables of their own'),
  dbtables_dictionaries: names
    .optional()
    .describe('Tables of the values of each of columns_lookup: id, value'),
  dbtables_metadata: names
    .optional()
    .describe(
      'Tables of the values of each row: row_key, lookup_id (default: dbtable, _, that of the values)',
    ),
  ...options,
});

/** What the parameters look like one by one; the descriptions are the wizard's questions. */
export const paramShape = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is no name of a bucket')
    .optional()
    .describe('Bucket that holds the archives and takes the results (empty: one is made)'),
  source: prefix.default('client').describe('First prefix of the archives'),
  destination: prefix.default('processed').describe('First prefix of what the feed writes'),
  directory: prefix.default('cmslite_gdx').describe('Prefix below source and destination'),
  doc: pattern
    .default('cms-analytics-csv.*')
    .describe('Regular expression that finds the archives: it has to match the end of their names'),
  schema: name.default('cmslite').describe('Schema of the tables'),
  truncate: z
    .boolean()
    .default(true)
    .describe('The newest archive replaces the tables; otherwise every archive is added'),
  delim: z
    .string()
    .regex(/^[\x20-\x7e\t]$/, 'is a single ASCII character')
    .refine((delim) => delim !== '"', 'is not the quote')
    .default(',')
    .describe('Delimiter of the files'),
  file_limit: z
    .int()
    .positive()
    .optional()
    .describe('Archives that one run takes at most, where they are added'),
  files: z
    .record(z.string(), file)
    .default(REAL_FILES)
    .describe('Files of an archive, by name up to the first dot'),
  sql_query: script
    .optional()
    .describe('SQL that ends the transaction of each load: a file beside the configuration, or its text'),
  ...options,
});

export type CmsLiteParams = z.infer<typeof paramShape>;
export type FileParams = CmsLiteParams['files'][string];

/** What the name of a file of SQL looks like. */
export const SQL_FILE = /^[^\s;]+\.sql$/iu;
