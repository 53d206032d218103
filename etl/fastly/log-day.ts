/** A day in a key: in folders, or as `%Y-%m-%d` or `%Y%m%d` in the name that Fastly makes. */
const DAY = /(?<!\d)(20\d{2})([/-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)/gu;
/** What follows the day where a key tells the time as well: `/10:00`, `T10:00`, `/10/`. */
const HOUR = /^[T/_-]?([01]\d|2[0-3])(?=[:/_-]|[0-5]\d)/u;

const MS_PER_HOUR = 3_600_000;
/** Hours around midnight within which the lines of a file may be of the day before or after. */
const HOURS_ACROSS = 2;

const daysIn = (key: string): readonly { readonly day: string; readonly end: number }[] =>
  [...key.matchAll(DAY)].map((match) => {
    const [text, year = '', , month = '', day = ''] = match;
    return { day: `${year}-${month}-${day}`, end: match.index + text.length };
  });

/**
 * The day in a log's key, which is when Fastly opened the file; its requests are later.
 * @returns `YYYY-MM-DD`, or undefined when the key names none
 */
export const dayOfKey = (key: string): string | undefined => daysIn(key)[0]?.day;

const dayAt = (time: number): string => new Date(time).toISOString().slice(0, 10);

/**
 * Whether a log may hold requests of a day: one of the day itself, one opened shortly before it or after it, or
 * one whose key tells no day. Of a neighbouring day's log whose key tells no hour nobody knows.
 */
export const mayHoldRequestsOf = (date: string, key: string): boolean => {
  const days = daysIn(key);
  const [first] = days;
  if (first === undefined || first.day === date) return true;
  // A name may tell the day again behind its folders: the hour stands behind the last.
  const last = days.findLast(({ day }) => day === first.day) ?? first;
  const hour = HOUR.exec(key.slice(last.end))?.[1];
  const midnight = Date.parse(date);
  if (first.day === dayAt(midnight - MS_PER_HOUR)) return Number(hour ?? 23) >= 24 - HOURS_ACROSS;
  return first.day === dayAt(midnight + 24 * MS_PER_HOUR) && Number(hour ?? 0) < HOURS_ACROSS;
};
