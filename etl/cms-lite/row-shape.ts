import { fileFault } from '../runtime/file-faults.ts';
import { fitsBigint, plainOf, widthOf } from '../runtime/plain-cells.ts';
import { fitsWidth } from '../runtime/text-width.ts';
import type { ColumnSpec, FileSpec } from './file-spec.ts';
import { timeReader } from './time-format.ts';

/** Why a row can't be used; the value itself is not told: it may be of a person. */
export interface RowRejection {
  readonly reason: string;
  readonly detail: string;
}

/** A value in its column's form, or undefined when it does not fit. Empty text is no value. */
type Reader = (text: string) => string | undefined;

const TRUE = new Set(['true', 't', '1', 'yes', 'y']);
const FALSE = new Set(['false', 'f', '0', 'no', 'n']);
const WHOLE = /^[+-]?\d+(?:\.0*)?$/u;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu;

const readBoolean: Reader = (text) => {
  const word = text.trim().toLowerCase();
  if (TRUE.has(word)) return 'true';
  return FALSE.has(word) ? 'false' : undefined;
};

const readWhole: Reader = (text) => {
  const word = text.trim();
  if (!WHOLE.test(word)) return undefined;
  const value = BigInt(word.replace(/^\+|\..*$/gu, ''));
  return fitsBigint(value) ? String(value) : undefined;
};

const readNumber: Reader = (text) => {
  const word = text.trim();
  const value = Number(word);
  return NUMBER.test(word) && Number.isFinite(value) ? String(value) : undefined;
};

/** @param limit in code points, as Python counts */
const cut = (text: string, limit: number): string =>
  text.length <= limit
    ? text
    : Array.from(text.slice(0, 2 * limit))
        .slice(0, limit)
        .join('');

const textReader = ({ type, limit }: ColumnSpec, truncates: boolean): Reader => {
  const width = truncates ? Infinity : (widthOf(type) ?? 0);
  return (text) => {
    const kept = limit === undefined ? text : cut(text, limit);
    return fitsWidth(kept, width) ? kept : undefined;
  };
};

const readerOf = (column: ColumnSpec, truncates: boolean): Reader => {
  const { type, format } = column;
  if (format !== undefined) {
    const read = timeReader(format);
    if (type === 'date') return (text) => read(text.trim())?.slice(0, 10);
    if (type === 'timestamp') return (text) => read(text.trim());
  }
  switch (type) {
    case 'boolean':
      return readBoolean;
    case 'bigint':
      return readWhole;
    case 'double':
      return readNumber;
    default: {
      if (type.startsWith('varchar')) return textReader(column, truncates);
      return (text) => plainOf(text.trim(), type)?.toString();
    }
  }
};

/** The field that holds each of the wanted ones: by name where the header knows them all, else by position. */
const positionsOf = (file: string, spec: FileSpec, header: readonly string[]): readonly number[] => {
  const positions = spec.fields.map((_field, index) => index);
  if (!spec.hasHeader) return positions;
  const named = header.map((name) => name.trim().toLowerCase());
  const twice = named.find((name, index) => name !== '' && named.indexOf(name) < index);
  if (twice !== undefined) throw fileFault('DUPLICATE_COLUMN', file, `names the column ${twice} twice`);
  return spec.fields.every((field) => named.includes(field))
    ? spec.fields.map((field) => named.indexOf(field))
    : positions;
};

/** Brings the rows of one file into the form of its table. */
export class RowShape {
  readonly #first: readonly string[];
  readonly #count: number;
  readonly #hasHeader: boolean;
  readonly #cells: readonly ((fields: readonly string[]) => string | RowRejection)[];

  /**
   * @param first row of the file: its header if it has one
   * @throws TOO_FEW_COLUMNS, DUPLICATE_COLUMN
   */
  constructor(file: string, spec: FileSpec, first: readonly string[]) {
    if (first.length < spec.fields.length) {
      const why = `has ${first.length} columns instead of ${spec.fields.length}; its delimiter is to be ${JSON.stringify(spec.delim)}`;
      throw fileFault('TOO_FEW_COLUMNS', file, why);
    }
    this.#first = first;
    this.#count = first.length;
    this.#hasHeader = spec.hasHeader;
    const positions = positionsOf(file, spec, first);
    this.#cells = spec.columns.map((column) => cellOf(column, spec, positions));
  }

  isHeader(fields: readonly string[]): boolean {
    return (
      this.#hasHeader && fields[0] === this.#first[0] && fields.every((field, i) => field === this.#first[i])
    );
  }

  /** @returns the row's cells in the order of the table's columns; '' is no value */
  shape(fields: readonly string[]): readonly string[] | RowRejection {
    if (fields.length !== this.#count)
      return {
        reason: 'wrong-column-count',
        detail: `The row has ${fields.length} fields instead of ${this.#count}.`,
      };
    const cells: string[] = [];
    for (const cell of this.#cells) {
      const value = cell(fields);
      if (typeof value !== 'string') return value;
      cells.push(value);
    }
    return cells;
  }
}

const rejectionOf = ({ name, type, format }: ColumnSpec): RowRejection => {
  if (type.startsWith('varchar')) return { reason: 'text-too-long', detail: `${name} does not fit ${type}.` };
  const form = format === undefined ? type : `${type} of the form ${format}`;
  return { reason: `not-a-${type.replace(/\(.*/u, '')}`, detail: `${name} is no ${form}.` };
};

const cellOf = (column: ColumnSpec, spec: FileSpec, positions: readonly number[]) => {
  const { source, required, name } = column;
  const read = readerOf(column, spec.truncates);
  const rejection = rejectionOf(column);
  const missing = { reason: 'value-missing', detail: `${name} is empty.` };
  const value = valueOf(source, spec, positions);
  return (fields: readonly string[]): string | RowRejection => {
    const text = value(fields);
    const cell = text === '' ? '' : read(text);
    if (cell === '' && required) return missing;
    return cell ?? rejection;
  };
};

const valueOf = (
  source: ColumnSpec['source'],
  { replacements }: FileSpec,
  positions: readonly number[],
): ((fields: readonly string[]) => string) => {
  if (source.kind === 'constant') return () => source.value;
  const position = positions[source.index] ?? 0;
  const replaced = replacements[source.index] ?? [];
  const field = (fields: readonly string[]): string => {
    let text = fields[position] ?? '';
    for (const { old, new: next } of replaced) text = text.replaceAll(old, () => next);
    return text;
  };
  if (source.kind === 'field') return field;
  const { split, part } = source;
  return (fields) => field(fields).split(split)[part - 1] ?? '';
};
