import { isLosslessNumber, stringify } from 'lossless-json';
import { digitsOf, fitsBigint, widthOf } from '../runtime/plain-cells.ts';
import { cutTo } from '../runtime/text-width.ts';
import type { ColumnType } from '../table.ts';

/** What became of a value on its way into a column. */
export type Outcome = 'fits' | 'empty' | 'cut' | 'unusable';

/** A column's value as JSON text of the split files; `undefined` where it is empty or can't be used. */
export interface Converted {
  readonly json: string | undefined;
  readonly outcome: Outcome;
}

type Conversion = (text: string) => Converted;

const EMPTY: Converted = { json: undefined, outcome: 'empty' };
const UNUSABLE: Converted = { json: undefined, outcome: 'unusable' };
const fits = (json: string): Converted => ({ json, outcome: 'fits' });

const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(\.\d{1,9})?\s?(Z|[+-]\d{2}:?\d{2})?)?$/iu;
const EPOCH_SECONDS = /^\d{9,10}$/u;
const EPOCH_MILLISECONDS = /^\d{12,13}$/u;

const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** A value as text: numbers with the digits that they were delivered with, lists and objects as JSON. */
export const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (isLosslessNumber(value)) return value.value;
  return stringify(value) ?? '';
};

/** JSON writes a whole number that a double can't hold as text, which every loader takes for a number. */
const wholeNumber = (text: string): Converted => {
  const whole = /^(-?\d+)(?:\.0*)?$/u.exec(text)?.[1];
  if (whole === undefined) {
    const value = /^-?[\d.]+e[+-]?\d+$/iu.test(text) ? Number(text) : NaN;
    return Number.isSafeInteger(value) ? fits(String(value)) : UNUSABLE;
  }
  if (whole.length < 16) return fits(String(Number(whole)));
  const value = BigInt(whole);
  return fitsBigint(value) ? fits(`"${value}"`) : UNUSABLE;
};

const decimal = (
  text: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): Converted => {
  if (!/^-?\d+(\.\d+)?(e[+-]?\d{1,2})?$/iu.test(text)) return UNUSABLE;
  const rounded = Number(text).toFixed(scale);
  if (Math.abs(Number(text)) >= 10 ** Math.min(precision - scale, 15)) return UNUSABLE;
  const isExact = Number(rounded) === Number(text);
  return { json: `"${rounded}"`, outcome: isExact ? 'fits' : 'cut' };
};

const BOOLEANS: Readonly<Record<string, string>> = {
  true: 'true',
  false: 'false',
  '1': 'true',
  '0': 'false',
};

const instant = (time: number): Converted => {
  const date = new Date(time);
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) return UNUSABLE;
  return fits(`"${date.toISOString().slice(0, 23).replace('T', ' ')}"`);
};

/** ISO 8601, without a zone in UTC, or seconds or milliseconds since 1970. */
const timestamp = (text: string): Converted => {
  if (EPOCH_SECONDS.test(text)) return instant(Number(text) * 1000);
  if (EPOCH_MILLISECONDS.test(text)) return instant(Number(text));
  const [, day, minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = TIMESTAMP.exec(text) ?? [];
  if (day === undefined) return UNUSABLE;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return UNUSABLE;
  return instant(Date.parse(`${day}T${minutes}${seconds}${fraction.slice(0, 4)}${zone.toUpperCase()}`));
};

const PLAIN_TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)Z$/u;
const MOST_DAYS = 1000;

/** Times of a document lie on few days, which are looked up in the calendar once. */
const timestamps = (): Conversion => {
  const days = new Set<string>();
  return (text) => {
    const [, day = '', time = ''] = PLAIN_TIMESTAMP.exec(text) ?? [];
    if (days.has(day)) return fits(`"${day} ${time}.000"`);
    const converted = timestamp(text);
    if (day !== '' && converted.outcome === 'fits' && days.size < MOST_DAYS) days.add(day);
    return converted;
  };
};

/** Text as the warehouse takes it: without NUL, and a lone half of a character replaced. */
const clean = (text: string): string => {
  const whole = text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole;
};

const varchar = (text: string, width: number): Converted => {
  const kept = cutTo(clean(text), width);
  return { json: JSON.stringify(kept), outcome: kept === text ? 'fits' : 'cut' };
};

/** How a text that is not empty fits into columns of a type. */
const conversionOfText = (type: ColumnType): Conversion => {
  switch (type) {
    case 'bigint':
      return wholeNumber;
    case 'boolean':
      return (text) => {
        const json = BOOLEANS[text.toLowerCase()];
        return json === undefined ? UNUSABLE : fits(json);
      };
    case 'timestamp':
      return timestamps();
    default: {
      const digits = digitsOf(type) ?? { precision: 0, scale: 0 };
      return (text) => decimal(text, digits);
    }
  }
};

/** How values of elements fit into a column. One is made a column, not a value. */
export const conversionOf = (type: ColumnType): ((value: unknown) => Converted) => {
  const width = widthOf(type);
  if (width !== undefined) return (value) => (isNothing(value) ? EMPTY : varchar(textOf(value), width));
  const convert = conversionOfText(type);
  return (value) => {
    if (isNothing(value)) return EMPTY;
    if (typeof value === 'boolean' && type !== 'boolean') return UNUSABLE;
    const text = textOf(value).trim();
    return text === '' ? EMPTY : convert(text);
  };
};
