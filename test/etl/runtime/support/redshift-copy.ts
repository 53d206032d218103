import { gunzipSync } from 'node:zlib';

/**
 * What COPY makes of a manifest of JSON lines: a small, strict reading of Redshift's rules. Whatever the
 * rules call an error is one here, so that a statement or a file that Redshift would refuse is refused.
 */

export interface CopiedColumn {
  readonly name: string;
  readonly dataType: string;
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
}

export class CopyError extends Error {
  readonly row: { readonly file: string; readonly line: number; readonly column: string } | undefined;

  constructor(message: string, row?: CopyError['row']) {
    super(message);
    this.row = row;
  }
}

export interface CopyStatement {
  readonly table: string;
  readonly columns: readonly string[];
  readonly manifest: string;
}

const COPY =
  /^COPY (?<table>\w+|"\w+"|"\w+"\."\w+") \((?<columns>[^)]+)\) FROM '(?<manifest>[^']+)' IAM_ROLE '(?<role>[^']+)' (?<options>.+)$/u;

const OPTIONS = [
  ...['MANIFEST', `FORMAT AS JSON 'auto'`, 'GZIP', `DATEFORMAT 'YYYY-MM-DD'`, `TIMEFORMAT 'auto'`],
  ...['MAXERROR 0', 'COMPUPDATE OFF', 'STATUPDATE OFF'],
];

/** @throws CopyError for an option that these rules do not know, or the lack of one that they rely on */
export const parseCopy = (statement: string): CopyStatement => {
  const { table, columns, manifest, role, options } = COPY.exec(statement)?.groups ?? {};
  if (table === undefined || columns === undefined || manifest === undefined)
    throw new CopyError(`syntax error in ${statement}`);
  if (!/^arn:aws:iam::\d{12}:role\/.+$/u.test(role ?? '')) throw new CopyError('The IAM role is not valid.');
  const left = OPTIONS.reduce((rest, option) => rest.replace(option, ''), options ?? '').trim();
  if (left !== '') throw new CopyError(`syntax error at or near ${left}`);
  for (const needed of ['MANIFEST', 'JSON', 'GZIP'])
    if (options?.includes(needed) !== true) throw new CopyError(`these rules need ${needed}`);
  return { table, manifest, columns: columns.split(', ').map((name) => name.slice(1, -1)) };
};

const MOST_OBJECT_BYTES = 4 << 20;

const objectOf = (objects: ReadonlyMap<string, Buffer>, url: string): Buffer | undefined =>
  objects.get(url.replace(/^s3:\/\/[^/]+\//u, ''));

const utf8 = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CopyError('String contains invalid or unsupported UTF8 codepoints.');
  }
};

const fits: Readonly<Record<string, (text: string, isNumber: boolean, column: CopiedColumn) => string>> = {
  'character varying': (text, _isNumber, { length }) => {
    if (text.includes('\0')) throw new CopyError('Missing data for not-null field: NUL in a string.');
    if (Buffer.byteLength(text) > (length ?? 256)) throw new CopyError('String length exceeds DDL length');
    return text;
  },
  // A JSON number is read as a double before it becomes anything else.
  bigint(text, isNumber) {
    const digits = isNumber ? String(BigInt(Number(text))) : text;
    if (!/^-?\d+$/u.test(digits)) throw new CopyError('Invalid digit, Type: Long');
    if (BigInt.asIntN(64, BigInt(digits)) !== BigInt(digits)) throw new CopyError('Overflow, Type: Long');
    return digits;
  },
  numeric(text, isNumber, { precision, scale }) {
    const [whole = '', fraction = ''] = (isNumber ? String(Number(text)) : text).split('.');
    if (!/^-?\d+$/u.test(whole) || !/^\d*$/u.test(fraction))
      throw new CopyError('Invalid digit, Type: Decimal');
    if (whole.replace(/^-?0*/u, '').length > (precision ?? 18) - (scale ?? 0))
      throw new CopyError('Numeric data overflow');
    return `${whole}.${fraction.slice(0, scale ?? 0)}0`;
  },
  'double precision'(text) {
    if (!/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/iu.test(text)) throw new CopyError('Invalid digit, Type: Double');
    return text;
  },
  boolean(text) {
    if (!/^(?:true|false|t|f|1|0)$/u.test(text)) throw new CopyError('Unknown boolean format');
    return text;
  },
  date(text) {
    if (!/^\d{4}-\d{2}-\d{2}$/u.test(text) || text.startsWith('0000'))
      throw new CopyError('Invalid Date Format - length must be 10 or more');
    return text;
  },
  'timestamp without time zone'(text) {
    if (!/^(?!0000)\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?$/u.test(text))
      throw new CopyError('Invalid timestamp format or value');
    return text;
  },
};

/** A number's own digits are lost to JSON.parse; they stay in a text behind a mark. */
const NUMBER = '\u0001number ';

const parseObject = (line: string): Readonly<Record<string, unknown>> => {
  const marked = line.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gu, (token) =>
    token.startsWith('"') ? token : JSON.stringify(NUMBER + token),
  );
  return JSON.parse(marked) as Readonly<Record<string, unknown>>;
};

const cellOf = (value: unknown, column: CopiedColumn): string | null => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') throw new CopyError('Invalid JSON: a value is no scalar.');
  const isNumber = typeof value === 'string' && value.startsWith(NUMBER);
  const text = isNumber
    ? value.slice(NUMBER.length)
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
  const fit = fits[column.dataType];
  if (fit === undefined) throw new CopyError(`these rules do not know ${column.dataType}`);
  return text === '' && column.dataType !== 'character varying' ? null : fit(text, isNumber, column);
};

/**
 * The rows that the statement would load, their cells in the order of its columns, as text.
 * @throws CopyError at the first that Redshift would refuse
 */
export const copiedRows = (
  { manifest, columns }: CopyStatement,
  table: readonly CopiedColumn[],
  objects: ReadonlyMap<string, Buffer>,
): readonly (readonly (string | null)[])[] => {
  const list = objectOf(objects, manifest);
  if (list === undefined) throw new CopyError(`The specified S3 prefix '${manifest}' does not exist`);
  const { entries } = JSON.parse(utf8(list)) as {
    readonly entries: readonly { readonly url: string; readonly mandatory?: boolean }[];
  };
  return entries.flatMap(({ url, mandatory = false }) => {
    const packed = objectOf(objects, url);
    if (packed === undefined) {
      if (!mandatory) return [];
      throw new CopyError(`Problem reading manifest file - S3ServiceException: ${url} does not exist`);
    }
    const lines = utf8(gunzipSync(packed)).split('\n');
    return lines.flatMap((line, index) => {
      if (line.trim() === '') return [];
      const at = { file: url, line: index + 1 };
      if (Buffer.byteLength(line) + line.split('|').length - 1 > MOST_OBJECT_BYTES)
        throw new CopyError('JSON object exceeds 4 MB', { ...at, column: '' });
      const values = parseObject(line);
      return [
        columns.map((name) => {
          const column = table.find((declared) => declared.name === name);
          if (column === undefined) throw new CopyError(`column "${name}" of relation does not exist`);
          try {
            return cellOf(Object.hasOwn(values, name) ? values[name] : undefined, column);
          } catch (error) {
            throw new CopyError((error as Error).message, { ...at, column: name });
          }
        }),
      ];
    });
  });
};
