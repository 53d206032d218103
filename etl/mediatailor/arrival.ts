import type { UtcDate } from '../runtime/stage.ts';

/**
 * When log objects arrive. Firehose puts an object into the folder `YYYY/MM/DD/HH/` of the hour in which the
 * oldest record in it arrived, so an event may lie in the folder of the hour before its own, and in any later
 * one up to how late events arrive.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const dayOf = (instant: number): UtcDate => new Date(instant).toISOString().slice(0, 10);

/** First and last hour in whose folders events of a day may lie, both inclusive. */
const reachOf = (date: UtcDate, lateHours: number): readonly [first: number, last: number] => {
  const start = Date.parse(`${date}T00:00:00Z`);
  return [start - HOUR, start + DAY + (lateHours - 1) * HOUR];
};

/**
 * The start of the hour in whose folder an object lies, below whatever prefix Firehose was told.
 * @returns undefined when it lies in none
 */
export const arrivalOf = (key: string): number | undefined => {
  const [, year, month, day, hour] = /(?:^|\/)(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\//u.exec(key) ?? [];
  const instant = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:00:00Z`);
  return Number.isNaN(instant) ? undefined : instant;
};

/** Objects that Firehose puts beside the logs for what it could not deliver, and markers of folders. */
const NO_LOG = /^errors\/|\/$/u;

/** Whether events of a day may lie in an object; where no folder tells its hour, nobody knows. */
export const mayHoldEventsOf = (date: UtcDate, key: string, lateHours: number): boolean => {
  if (NO_LOG.test(key)) return false;
  const arrival = arrivalOf(key);
  const [first, last] = reachOf(date, lateHours);
  return arrival === undefined || (arrival >= first && arrival <= last);
};

/** Where the day's run stands to an event. */
export type Belonging =
  /** It is an event of the day. */
  | 'here'
  /** The run of another day counts it. */
  | 'elsewhere'
  /** No run would find it where it lies: this one, of the day of its arrival, says so. */
  | 'nowhere';

/**
 * @param requestTime of the event
 * @param arrival start of the hour in whose folder it lies; without one, every day's run finds it
 */
export const belongingOf = (
  date: UtcDate,
  requestTime: number,
  arrival: number | undefined,
  lateHours: number,
): Belonging => {
  const day = dayOf(requestTime);
  if (day === date) return 'here';
  if (arrival === undefined) return 'elsewhere';
  const [first, last] = reachOf(day, lateHours);
  const isFound = arrival >= first && arrival <= last;
  return !isFound && dayOf(arrival) === date ? 'nowhere' : 'elsewhere';
};
