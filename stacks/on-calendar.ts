import type { Trigger } from '../etl/feed.ts';

/** A trigger as the lines of a systemd timer. */

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAYS_IN_WEEK = 7;

/**
 * @returns lines of a `[Timer]` section. A rate counts from one run to the next, so the first must be
 * started beside it: `OnActiveSec` would start one at each reload of systemd. A cron expression that was
 * due while the host was down runs when it is up again
 * @throws Error with a clause for a cron expression that a calendar of systemd can't say
 */
export const timerLines = (trigger: Trigger): readonly string[] =>
  trigger.kind === 'rate'
    ? [`OnUnitActiveSec=${trigger.minutes}min`]
    : [`OnCalendar=${onCalendar(trigger.expression)}`, 'Persistent=true'];

/** AWS's six fields: minutes, hours, day of the month, month, day of the week, year. */
const onCalendar = (expression: string): string => {
  const fields = expression.trim().toUpperCase().split(/\s+/);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year, ...rest] = fields;
  if (year === undefined || rest.length > 0) throw new Error(`cron(${expression}) has not six fields`);
  if (/[LW#]/.test(`${dayOfMonth} ${dayOfWeek?.replaceAll('WED', '')}`)) {
    throw new Error(`cron(${expression}) counts days in a way that a timer of systemd can't`);
  }
  const date = [plain(year, 1970), plain(month ?? '', 1, MONTHS), plain(dayOfMonth ?? '', 1)].join('-');
  const time = [plain(hours ?? '', 0), plain(minutes ?? '', 0), '00'].join(':');
  return [...weekdays(dayOfWeek ?? ''), date, time, 'UTC'].join(' ');
};

/** @param least the field's first value, with which `*` in front of a step begins */
const plain = (field: string, least: number, names: readonly string[] = []): string =>
  field
    .split(',')
    .map((part) => {
      if (part === '*' || part === '?') return '*';
      const [range = '', step] = part.split('/');
      const values = range
        .split('-')
        .map((value) => (names.includes(value) ? (names.indexOf(value) + 1).toString() : value));
      const from = range === '*' ? least.toString() : values.join('..');
      return step === undefined ? from : `${from}/${step}`;
    })
    .join(',');

/** Days of the week one by one, since AWS's ranges may run over the end of its week. */
const weekdays = (field: string): readonly string[] => {
  if (field === '*' || field === '?') return [];
  const indexOf = (value: string): number =>
    WEEKDAYS.includes(value) ? WEEKDAYS.indexOf(value) : Number(value) - 1;
  const named = field.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from = '', to = part.includes('/') ? 'SAT' : from] =
      range === '*' ? ['SUN', 'SAT'] : range.split('-');
    const first = indexOf(from);
    const length = (indexOf(to) - first + DAYS_IN_WEEK) % DAYS_IN_WEEK;
    return Array.from(
      { length: Math.floor(length / Number(step)) + 1 },
      (_, index) => (first + index * Number(step)) % DAYS_IN_WEEK,
    );
  });
  const days = [...new Set(named)].sort((a, b) => a - b).map((day) => WEEKDAYS[day] ?? '');
  return [days.map((day) => `${day[0]}${day.slice(1).toLowerCase()}`).join(',')];
};
