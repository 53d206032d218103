import { parse } from 'lossless-json';

export type Json = Readonly<Record<string, unknown>>;

const LONG_NUMBER = /[:[,]\s*-?\d{16}/u;

/** Whether there is a number, or what looks like one within a text, that a double may not hold. */
export const hasLongNumber = (text: string): boolean => LONG_NUMBER.test(text);

const numberOf = (digits: string): number | string =>
  /^-?\d+$/u.test(digits) && !Number.isSafeInteger(Number(digits)) ? digits : Number(digits);

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value as a record; empty when it is none. */
export const recordOf = (value: unknown): Json => (isRecord(value) ? value : {});

/** The value as a list; empty when it is none. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A finite number, also when it came as text; null otherwise. */
export const numberOrNull = (value: unknown): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
};

/** A scalar as text, anything else as its JSON; null when there is nothing. */
export const textOrNull = (value: unknown): string | null => {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/**
 * A JSON object. Whole numbers beyond 2^53 come as text with all their digits; of a key that is there twice the
 * last counts.
 * @returns undefined when it is no JSON object
 */
export const parseObject = (text: string): Json | undefined => {
  try {
    const json: unknown = hasLongNumber(text)
      ? parse(text, undefined, { parseNumber: numberOf, onDuplicateKey: ({ newValue }) => newValue })
      : JSON.parse(text);
    return isRecord(json) ? json : undefined;
  } catch {
    return undefined;
  }
};
