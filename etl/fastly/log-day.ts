/** A day in a key: in folders, or as `%Y-%m-%d` or `%Y%m%d` in the name that Fastly makes. */
const DAY = /(?<!\d)(20\d{2})([/-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)/u;

/**
 * The day in a log's key, which is when Fastly opened the file; its requests are later.
 * @returns `YYYY-MM-DD`, or undefined when the key names none
 */
export const dayOfKey = (key: string): string | undefined => {
  const [, year, , month, day] = DAY.exec(key) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
};
