import type { ColumnType } from '../table.ts';
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
const LEAST_BIGINT = -(2n ** 63n);
const MOST_BIGINT = 2n ** 63n - 1n;
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

/** Dates of a load repeat: the last real one is remembered. */
let lastReal = '';

const isRealDate = (text: string): boolean => {
  if (text === lastReal) return true;
  const time = Date.parse(`${text}T00:00:00Z`);
  const real = DATE.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
  if (real) lastReal = text;
  return real;
};

const asDate = (cell: Cell): string | undefined => {
  if (cell instanceof Date) return asTimestamp(cell)?.slice(0, 10);
  return typeof cell === 'string' && isRealDate(cell) ? cell : undefined;
};

const asTimestamp = (cell: Cell): string | undefined => {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : asTimestamp(cell.toISOString());
  if (typeof cell !== 'string') return undefined;
  const { day = '', time = '', fraction = '', zone = 'Z' } = TIMESTAMP.exec(cell)?.groups ?? {};
  if (!isRealDate(day)) return undefined;
  if (zone === 'Z') return `${day} ${time}.${fraction.padEnd(6, '0')}`;
  const at = Date.parse(`${day}T${time}${zone}`);
  if (Number.isNaN(at)) return undefined;
  const shifted = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return DATE.test(shifted.slice(0, 10)) ? `${shifted}.${fraction.padEnd(6, '0')}` : undefined;
};

const asBigint = (cell: Cell): bigint | undefined => {
  if (typeof cell === 'number' && !Number.isSafeInteger(cell)) return undefined;
  if (typeof cell !== 'number' && typeof cell !== 'bigint') return undefined;
  const value = BigInt(cell);
  return value >= LEAST_BIGINT && value <= MOST_BIGINT ? value : undefined;
};

const asDecimal = (cell: Cell, type: ColumnType): string | undefined => {
  const digits = digitsOf(type);
  const text = typeof cell === 'number' || typeof cell === 'bigint' ? String(cell) : cell;
  if (digits === undefined || typeof text !== 'string') return undefined;
  const { sign = '', whole, fraction = '' } = DECIMAL.exec(text)?.groups ?? {};
  if (whole === undefined) return undefined;
  const [kept, shown] = [fraction.replace(/0+$/u, ''), whole.replace(/^0+(?=\d)/u, '')];
  const most = digits.precision - digits.scale;
  if (kept.length > digits.scale || (shown === '0' ? 0 : shown.length) > most) return undefined;
  const value = digits.scale === 0 ? shown : `${shown}.${kept.padEnd(digits.scale, '0')}`;
  return /[1-9]/u.test(value) ? `${sign}${value}` : value;
};

/** The longest start of a text that has at most so many bytes and ends between two characters. */
const cutTo = (text: string, bytes: number): string => {
  const encoded = Buffer.from(text);
  let end = Math.min(bytes, encoded.length);
  while (end > 0 && end < encoded.length && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString('utf8', 0, end);
};

const asText = (cell: Cell, type: ColumnType, truncate: boolean): string | undefined => {
  const width = widthOf(type);
  if (width === undefined || typeof cell !== 'string') return undefined;
  if (cell.includes('\0') || (SURROGATE.test(cell) && LONE_SURROGATE.test(cell))) return undefined;
  if (Buffer.byteLength(cell) <= width) return cell;
  return truncate ? cutTo(cell, width) : undefined;
};

/** @returns the cell in the form of its column, or undefined when it does not fit */
export const plainOf = (cell: Cell, type: ColumnType, truncate = false): PlainCell | undefined => {
  if (cell === null) return null;
  switch (type) {
    case 'boolean':
      return typeof cell === 'boolean' ? cell : undefined;
    case 'date':
      return asDate(cell);
    case 'timestamp':
      return asTimestamp(cell);
    case 'bigint':
      return asBigint(cell);
    case 'double':
      return typeof cell === 'number' && Number.isFinite(cell) ? cell : undefined;
    default:
      return type.startsWith('decimal') ? asDecimal(cell, type) : asText(cell, type, truncate);
  }
};
