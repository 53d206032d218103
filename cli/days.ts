import { usageError } from '../errors/errors.ts';
import type { UtcDate } from '../etl/runtime/stage.ts';

const DAY_MILLISECONDS = 86_400_000;

/** The day, in UTC, of an instant in milliseconds. */
const dayOf = (instant: number): UtcDate => new Date(instant).toISOString().slice(0, 10);

/** @param instant in milliseconds @returns whole days, at least 0 */
export const daysSince = (instant: number): number =>
  Math.max(0, Math.floor((Date.now() - instant) / DAY_MILLISECONDS));

export const yesterday = (): UtcDate => dayOf(Date.now() - DAY_MILLISECONDS);

/** @returns every day from one to another, both included. @throws DATES_REVERSED */
export const daysBetween = (from: UtcDate, to: UtcDate): UtcDate[] => {
  const first = Date.parse(from);
  const days = (Date.parse(to) - first) / DAY_MILLISECONDS + 1;
  if (days < 1) {
    throw usageError({
      code: 'DATES_REVERSED',
      message: `--from ${from} is after --to ${to}.`,
      hint: 'Give the older day as --from.',
      details: { from, to },
    });
  }
  return Array.from({ length: days }, (_, index) => dayOf(first + index * DAY_MILLISECONDS));
};
