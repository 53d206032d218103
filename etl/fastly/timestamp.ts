const FASTLY = /^(\d{2})\/(\d{2})\/(\d{4}) (\d{2}:\d{2}:\d{2})(?:\.\d+)? (?:GMT|UTC|\+0000)$/u;
const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})$/u;

/**
 * The minute of an instant as Fastly's `%m/%d/%Y %H:%M:%S.00 %Z` or ISO 8601 writes it.
 * @returns `YYYY-MM-DD hh:mm:00` in UTC, or undefined when it is no instant or its zone isn't clear
 */
export const minuteOf = (text: string): string | undefined => {
  const fastly = FASTLY.exec(text);
  if (fastly !== null) {
    const [, month, day, year, time] = fastly;
    return minuteOfIso(`${year}-${month}-${day}`, time ?? '', 'Z');
  }
  const iso = ISO.exec(text);
  if (iso === null) return undefined;
  const [, year, month, day, time, zone] = iso;
  return minuteOfIso(`${year}-${month}-${day}`, time ?? '', zone ?? '');
};

/** A day that the calendar lacks, such as 30 February, is no instant. */
const minuteOfIso = (day: string, time: string, zone: string): string | undefined => {
  const local = new Date(`${day}T${time}Z`);
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${time}`)) return undefined;
  const at = new Date(`${day}T${time}${zone}`);
  return Number.isNaN(at.getTime()) ? undefined : `${at.toISOString().slice(0, 16).replace('T', ' ')}:00`;
};
