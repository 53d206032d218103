import { usageError } from '../../errors/errors.ts';
import type { UtcDate } from './stage.ts';
import type { Range } from './warehouse.ts';

const MS_PER_DAY = 86_400_000;

const dayOf = (time: number): UtcDate => new Date(time).toISOString().slice(0, 10);

/** @throws DATE_INVALID unless it is a day that exists, as `YYYY-MM-DD` */
export const parseDate = (text: string): UtcDate => {
  const time = Date.parse(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(time) && dayOf(time) === text) return text;
  throw usageError({
    code: 'DATE_INVALID',
    message: `${JSON.stringify(text)} is not a day.`,
    hint: 'Write it as YYYY-MM-DD, for instance 2026-02-28.',
    details: { date: text },
  });
};

/** A day as a range of a timestamp column. */
export const rangeOfDay = (date: UtcDate): Range => ({
  from: `${date} 00:00:00`,
  before: `${dayOf(Date.parse(date) + MS_PER_DAY)} 00:00:00`,
});

/**
 * The days that a run due at an instant works, oldest first.
 * @param instant ISO 8601
 * @param window days before and after the instant's own
 * @throws DATE_INVALID
 */
export const datesAround = (
  instant: string,
  window: { readonly back: number; readonly ahead: number },
): readonly UtcDate[] => {
  const time = Date.parse(instant);
  if (Number.isNaN(time)) {
    throw usageError({
      code: 'DATE_INVALID',
      message: `${JSON.stringify(instant)} is not an instant.`,
      hint: 'Write it in ISO 8601, for instance 2026-02-28T04:30:00Z.',
      details: { instant },
    });
  }
  return Array.from({ length: window.back + 1 + window.ahead }, (_, index) =>
    dayOf(time + (index - window.back) * MS_PER_DAY),
  );
};
