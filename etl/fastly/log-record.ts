import { widthOf } from '../runtime/plain-cells.ts';
import { fitsWidth } from '../runtime/text-width.ts';
import { minuteOf } from './timestamp.ts';
import { factsOf, titleCase, type RequestFacts } from './request-url.ts';
import { aggregatedTable } from './tables.ts';

/** What is kept of one request. Neither the client's address nor its user agent is. */
export interface LogRecord {
  /** `YYYY-MM-DD hh:mm:00`, UTC. */
  readonly minute: string;
  /** Status before delivery changes. */
  readonly status: number;
  readonly city: string;
  readonly country: string;
  readonly region: string;
  readonly continent: string;
  /** Header and body, bytes. */
  readonly bytes: number;
  /** 1 from a client, 0 from another Fastly node, -1 when the record doesn't say. */
  readonly clientRequest: number;
  /** The address, where something is odd about the request, else ''. */
  readonly debugUrl: string;
  readonly facts: RequestFacts;
}

export type RecordFault =
  | 'not-json'
  | 'not-an-object'
  | 'timestamp-unreadable'
  | 'not-a-status'
  | 'no-url'
  | 'not-a-size'
  | 'not-a-hop-count'
  | 'field-too-long';

export interface RecordRejection {
  readonly reason: RecordFault;
  readonly detail: string;
}

/** What `json.escape` would have doubled: a backslash that begins no escape of JSON. */
const LOOSE_BACKSLASH = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/gu;
/** Fastly's message type `classic` puts a syslog prefix before the record. */
const SYSLOG_PREFIX = /^<\d{1,3}>[^{]*(?=\{)/u;
const SHOWN_CHARACTERS = 80;
const UNKNOWN = 'unknown';
/** Control characters, and halves of surrogate pairs. */
const NO_TEXT = /[\p{Cc}\p{Cs}]/gu;

const shown = (value: unknown): string => JSON.stringify(value ?? null).slice(0, SHOWN_CHARACTERS);

const rejection = (reason: RecordFault, detail: string): RecordRejection => ({ reason, detail });

const parsed = (text: string): { readonly value: unknown; readonly isRepaired: boolean } | undefined => {
  try {
    return { value: JSON.parse(text), isRepaired: false };
  } catch {
    const repaired = text.replace(SYSLOG_PREFIX, '').replaceAll(LOOSE_BACKSLASH, '\\\\');
    if (repaired === text) return undefined;
    try {
      return { value: JSON.parse(repaired), isRepaired: true };
    } catch {
      return undefined;
    }
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A whole number that is not negative, as number or text; `fallback` when there is none. */
const countOf = (value: unknown, fallback: number): number | undefined => {
  if (value === undefined || value === null || value === '' || value === '-') return fallback;
  const number = typeof value === 'string' && /^\d{1,15}$/u.test(value.trim()) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
};

const placeOf = (value: unknown): string => {
  const text = typeof value === 'string' ? value.replaceAll(NO_TEXT, ' ').trim() : '';
  return text === '' || text === '?' || text === '-' ? UNKNOWN : text;
};

const bytesOf = (column: keyof typeof aggregatedTable.columns): number =>
  widthOf(aggregatedTable.columns[column]) ?? 0;

/** Bytes that the columns keep. */
const WIDTHS = {
  channel_id: bytesOf('channel_id'),
  distributor: bytesOf('distributor'),
  city: bytesOf('city'),
  country: bytesOf('country'),
  region: bytesOf('region'),
  continent: bytesOf('continent'),
  debug_url: bytesOf('debug_url'),
};

/**
 * Reads one line of a log.
 * @returns the request, or why it can't be used; `isRepaired` when the line was no JSON as it stood
 */
export const readRecord = (
  text: string,
): { readonly record: LogRecord; readonly isRepaired: boolean } | RecordRejection => {
  const found = parsed(text);
  if (found === undefined) return rejection('not-json', 'The line is not JSON.');
  const { value, isRepaired } = found;
  if (!isObject(value)) return rejection('not-an-object', 'The line is JSON, but no object.');
  const minute = typeof value['timestamp'] === 'string' ? minuteOf(value['timestamp']) : undefined;
  if (minute === undefined)
    return rejection('timestamp-unreadable', `timestamp is ${shown(value['timestamp'])}.`);
  const status = countOf(value['initial_status'], NaN);
  if (status === undefined || !(status >= 100 && status <= 999))
    return rejection('not-a-status', `initial_status is ${shown(value['initial_status'])}.`);
  const url = value['url'];
  if (typeof url !== 'string' || url === '') return rejection('no-url', `url is ${shown(url)}.`);
  const header = countOf(value['response_header_size'], 0);
  const body = countOf(value['response_body_size'], 0);
  if (header === undefined || body === undefined) {
    const field = header === undefined ? 'response_header_size' : 'response_body_size';
    return rejection('not-a-size', `${field} is ${shown(value[field])}.`);
  }
  const hops = countOf(value['client_request'], -1);
  if (hops === undefined)
    return rejection('not-a-hop-count', `client_request is ${shown(value['client_request'])}.`);
  const geo = isObject(value['geo']) ? value['geo'] : {};
  const address = url.replaceAll(NO_TEXT, ' ');
  const facts = factsOf(address);
  const isOdd = facts.channel === '' || facts.distributor === '-' || (status >= 400 && status <= 499);
  const city = placeOf(geo['city']);
  const record: LogRecord = {
    minute,
    status,
    city: city === UNKNOWN ? city : titleCase(city),
    country: placeOf(geo['country']),
    region: placeOf(geo['region']),
    continent: placeOf(geo['continent']),
    bytes: header + body,
    clientRequest: hops === -1 ? -1 : hops > 0 ? 0 : 1,
    debugUrl: isOdd ? address : '',
    facts,
  };
  const long = tooLong(record);
  return long === undefined
    ? { record, isRepaired }
    : rejection('field-too-long', `${long} takes more than ${WIDTHS[long]} bytes.`);
};

type TextColumn = keyof typeof WIDTHS;

/** @returns the column that the record's text does not fit into */
const tooLong = (record: LogRecord): TextColumn | undefined => {
  const texts: Readonly<Record<TextColumn, string>> = {
    channel_id: record.facts.channel,
    distributor: record.facts.distributor,
    city: record.city,
    country: record.country,
    region: record.region,
    continent: record.continent,
    debug_url: record.debugUrl,
  };
  return (Object.keys(texts) as TextColumn[]).find((column) => !fitsWidth(texts[column], WIDTHS[column]));
};
