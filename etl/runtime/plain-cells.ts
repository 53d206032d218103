import type { ColumnType } from '../table.ts';
import { cutTo, fitsWidth } from './text-width.ts';
import type { Cell } from './warehouse.ts';

/**
 * A cell as every warehouse takes it: dates `YYYY-MM-DD`, timestamps `YYYY-MM-DD hh:mm:ss.ffffff` in UTC,
 * decimals as their digits.
 */
export type PlainCell = string | number | bigint | boolean | null;

const DATE = /^(?!0000)\d{4}-\d{2}-\d{2}$/u;
const TIMESTAMP =
  /^(?<day>\d{4}-\d{2}-\d{2})[T ](?<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(?<fraction>\d{1,6}))?(?<zone>Z|[+-]\d{2}:\d{2})?$/u;
const DECIMAL = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?$/u;
const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const WIDEST_VARCHAR = 65_535;
const MOST_DIGITS = 38;

/** Bytes that a `varchar(n)` holds. @returns undefined for other types and for widths that do not exist */
export const widthOf = (type: ColumnType): number | undefined => {
  const width = Number(/^varchar\((\d+)\)$/u.exec(type)?.[1]);
  return width >= 1 && width <= WIDEST_VARCHAR ? width : undefined;
};

/** Digits of a `decimal(p,s)`. @returns undefined for other types and for sizes that do not exist */
export const digitsOf = (
  type: ColumnType,
): { readonly precision: number; readonly scale: number } | undefined => {
  const [, precision, scale] = (/^decimal\((\d+),(\d+)\)$/u.exec(type) ?? []).map(Number);
  if (precision === undefined || scale === undefined) return undefined;
  return precision >= 1 && precision <= MOST_DIGITS && scale <= precision ? { precision, scale } : undefined;
};

/** What a column makes of a cell: its plain form, undefined when it does not fit. */
export type Fitting = (cell: Cell) => PlainCell | undefined;

/** Remembers the last text that fitted and its form: dates and times of neighbouring rows repeat. */
const remembering = (convert: (text: string) => string | undefined) => {
  let [last, form]: [string | undefined, string | undefined] = [undefined, undefined];
  return (text: string): string | undefined => {
    if (text === last) return form;
    const converted = convert(text);
    if (converted !== undefined) [last, form] = [text, converted];
    return converted;
  };
};

const realDate = (text: string): string | undefined => {
  const time = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? text : undefined;
};

const isoOf = (date: Date): string => (Number.isNaN(date.getTime()) ? '' : date.toISOString());

const dates = (): Fitting => {
  const known = remembering(realDate);
  return (cell) => {
    if (typeof cell === 'string') return known(cell);
    return cell instanceof Date ? known(isoOf(cell).replace(/T.*/u, '')) : undefined;
  };
};

const timestamps = (): Fitting => {
  const known = remembering(realDate);
  const plain = (text: string): string | undefined => {
    const [, day = '', time = '', fraction = '', zone = 'Z'] = TIMESTAMP.exec(text) ?? [];
    if (known(day) === undefined) return undefined;
    if (zone === 'Z') return `${day} ${time}.${fraction.padEnd(6, '0')}`;
    const at = Date.parse(`${day}T${time}${zone}`);
    if (Number.isNaN(at)) return undefined;
    const shifted = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
    return DATE.test(shifted.slice(0, 10)) ? `${shifted}.${fraction.padEnd(6, '0')}` : undefined;
  };
  const form = remembering(plain);
  return (cell) => {
    if (typeof cell === 'string') return form(cell);
    return cell instanceof Date ? form(isoOf(cell)) : undefined;
  };
};

/** Whether a whole number has no more than the 64 bits of a `bigint`. */
export const fitsBigint = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

const bigints: Fitting = (cell) => {
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? BigInt(cell) : undefined;
  return typeof cell === 'bigint' && fitsBigint(cell) ? cell : undefined;
};

const decimals = ({ precision, scale }: { readonly precision: number; readonly scale: number }): Fitting => {
  const plain = (text: string): string | undefined => {
    const { sign = '', whole, fraction = '' } = DECIMAL.exec(text)?.groups ?? {};
    if (whole === undefined) return undefined;
    const [kept, shown] = [fraction.replace(/0+$/u, ''), whole.replace(/^0+(?=\d)/u, '')];
    if (kept.length > scale || (shown === '0' ? 0 : shown.length) > precision - scale) return undefined;
    const value = scale === 0 ? shown : `${shown}.${kept.padEnd(scale, '0')}`;
    return /[1-9]/u.test(value) ? `${sign}${value}` : value;
  };
  const form = remembering(plain);
  return (cell) => {
    if (typeof cell === 'string') return form(cell);
    return typeof cell === 'number' || typeof cell === 'bigint' ? form(String(cell)) : undefined;
  };
};

const texts =
  (width: number, truncate: boolean): Fitting =>
  (cell) => {
    if (typeof cell !== 'string') return undefined;
    if (cell.includes('\0') || (SURROGATE.test(cell) && LONE_SURROGATE.test(cell))) return undefined;
    if (truncate) return cutTo(cell, width);
    return fitsWidth(cell, width) ? cell : undefined;
  };

const fittingOfType = (type: ColumnType, truncate: boolean): Fitting => {
  switch (type) {
    case 'boolean':
      return (cell) => (typeof cell === 'boolean' ? cell : undefined);
    case 'date':
      return dates();
    case 'timestamp':
      return timestamps();
    case 'bigint':
      return bigints;
    case 'double':
      return (cell) => (typeof cell === 'number' && Number.isFinite(cell) ? cell : undefined);
    default: {
      const [digits, width] = [digitsOf(type), widthOf(type)];
      if (digits !== undefined) return decimals(digits);
      return width === undefined ? () => undefined : texts(width, truncate);
    }
  }
};

/** How cells of a column are checked and brought into their form; null stays null. One is made a column, not a cell. */
export const fittingOf = (type: ColumnType, truncate = false): Fitting => {
  const fitting = fittingOfType(type, truncate);
  return (cell) => (cell === null ? null : fitting(cell));
};

/** @returns one cell in the form of its column, or undefined when it does not fit; for many there is `fittingOf` */
export const plainOf = (cell: Cell, type: ColumnType, truncate = false): PlainCell | undefined =>
  fittingOf(type, truncate)(cell);
