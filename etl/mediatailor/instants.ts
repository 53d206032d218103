const ISO =
  /^\s*(?<day>\d{4}-\d{2}-\d{2})[T ](?<time>\d{2}:\d{2}:\d{2})(?:[.,](?<fraction>\d+))?\s*(?<zone>Z|[+-]\d{2}:?\d{2})?\s*$/iu;

/** As it is usually written. */
const PLAIN_ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/u;

/** Later and earlier years have no four digits. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** @returns milliseconds since 1970 of a whole number, also as text; undefined when it is no such time */
export const instantOfMilliseconds = (value: unknown): number | undefined => {
  const time = typeof value === 'string' && /^\d{1,15}$/u.test(value) ? Number(value) : value;
  return typeof time === 'number' && Number.isSafeInteger(time) && time >= 0 && time <= LATEST
    ? time
    : undefined;
};

/**
 * Milliseconds since 1970 of an ISO 8601 time; without a zone it is UTC. A fraction has any number of digits:
 * `.7` is 700 ms, of more than three the rest is cut off.
 */
export const instantOfIso = (value: unknown): number | undefined => {
  if (typeof value !== 'string') return undefined;
  if (PLAIN_ISO.test(value)) {
    const instant = Date.parse(value);
    // Other days, such as 30 February, are looked at below.
    if (new Date(instant).getUTCDate() === Number(value.slice(8, 10))) return instantOfMilliseconds(instant);
  }
  const { day, time, fraction = '', zone = 'Z' } = ISO.exec(value)?.groups ?? {};
  if (day === undefined || time === undefined) return undefined;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const instant = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
  const isRealDay = new Date(`${day}T00:00:00Z`).getUTCDate() === Number(day.slice(8));
  return isRealDay ? instantOfMilliseconds(instant) : undefined;
};

/** `2021-03-01T10:00:00.007Z` */
export const isoOf = (instant: number): string => new Date(instant).toISOString();
