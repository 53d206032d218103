import type { UtcDate } from '../runtime/stage.ts';

/**
 * When log objects arrive. Firehose puts an object into the folder `YYYY/MM/DD/HH/` of the hour in which the
 * oldest record in it arrived, so an event may lie in the folder of the hour before its own, and in any later
 * one up to how late events arrive.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const dayOf = (instant: number): UtcDate => new Date(instant).toISOString().slice(0, 10);

/** `2021/03/01/10` */
const folderOf = (hour: number): string => new Date(hour).toISOString().slice(0, 13).replace(/[-T]/gu, '/');

/** First and last hour in whose folders events of a day may lie, both inclusive. */
const reachOf = (date: UtcDate, lateHours: number): readonly [first: number, last: number] => {
  const start = Date.parse(`${date}T00:00:00Z`);
  return [start - HOUR, start + DAY + (lateHours - 1) * HOUR];
};

/** Folders to look into for a day's events: whole days as `2021/03/01/`, else hours as `2021/03/01/10/`. */
export const foldersFor = (date: UtcDate, lateHours: number): readonly string[] => {
  const [first, last] = reachOf(date, lateHours);
  const folders: string[] = [];
  for (let hour = first; hour <= last;) {
    const isWholeDay = hour % DAY === 0 && hour + DAY - HOUR <= last;
    folders.push(isWholeDay ? `${folderOf(hour).slice(0, 10)}/` : `${folderOf(hour)}/`);
    hour += isWholeDay ? DAY : HOUR;
  }
  return folders;
};

/** The start of the hour in whose folder an object lies. @returns undefined when it lies in none */
export const arrivalOf = (key: string): number | undefined => {
  const [, year, month, day, hour] = /^(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\//u.exec(key) ?? [];
  const instant = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:00:00Z`);
  return Number.isNaN(instant) ? undefined : instant;
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
 * @param arrival start of the hour in whose folder it lies
 */
export const belongingOf = (
  date: UtcDate,
  requestTime: number,
  arrival: number,
  lateHours: number,
): Belonging => {
  const day = dayOf(requestTime);
  if (day === date) return 'here';
  const [first, last] = reachOf(day, lateHours);
  const isFound = arrival >= first && arrival <= last;
  return !isFound && dayOf(arrival) === date ? 'nowhere' : 'elsewhere';
};

/** Whether an object arrived on that day: then what can't be dated is that day's to tell. */
export const arrivedOn = (date: UtcDate, arrival: number): boolean => dayOf(arrival) === date;
