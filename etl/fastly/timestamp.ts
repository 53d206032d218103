const FASTLY = /^(\d{2})\/(\d{2})\/(\d{4}) (\d{2}):(\d{2}):(\d{2})(?:\.\d+)? (?:GMT|UTC|\+0000)$/u;
const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})$/u;

/** Whether the calendar has a day, by `YYYY-MM-DD`: a log asks of few days, very often. */
const days = new Map<string, boolean>();

const isDay = (day: string): boolean => {
  let known = days.get(day);
  if (known === undefined) {
    const at = new Date(`${day}T00:00:00Z`);
    known = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
    days.set(day, known);
  }
  return known;
};

/**
 * The minute of an instant as Fastly's `%m/%d/%Y %H:%M:%S.00 %Z` or ISO 8601 writes it.
 * @returns `YYYY-MM-DD hh:mm:00` in UTC, or undefined when it is no instant or its zone isn't clear
 */
export const minuteOf = (text: string): string | undefined => {
  const fastly = FASTLY.exec(text);
  if (fastly !== null) {
    const [, month, day, year, hour = '', minute = '', second = ''] = fastly;
    return minuteAt(`${year}-${month}-${day}`, hour, minute, second);
  }
  const iso = ISO.exec(text);
  if (iso === null) return undefined;
  const [, year, month, day, hour = '', minute = '', second = '', zone] = iso;
  const local = minuteAt(`${year}-${month}-${day}`, hour, minute, second);
  if (local === undefined || zone === 'Z') return local;
  const at = new Date(`${local.replace(' ', 'T')}${zone}`);
  return Number.isNaN(at.getTime()) ? undefined : `${at.toISOString().slice(0, 16).replace('T', ' ')}:00`;
};

const minuteAt = (day: string, hour: string, minute: string, second: string): string | undefined =>
  isDay(day) && hour < '24' && minute < '60' && second < '60' ? `${day} ${hour}:${minute}:00` : undefined;
