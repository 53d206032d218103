import pLimit from 'p-limit';
import { usageError } from '../../errors/errors.ts';
import type { Invocation, Outcome } from '../command.ts';
import { openRun, outcomeOf } from '../feed-run.ts';
import type { RunFlags } from '../feed-run.ts';

interface BackfillFlags extends RunFlags {
  readonly from: string;
  readonly to: string;
  readonly parallel: number | undefined;
}

const DAY_MILLISECONDS = 86_400_000;

/** `backfill FEED --from D --to D`: the same as `run` for every day, the oldest first. */
export const backfill = async (
  invocation: Invocation,
  flags: BackfillFlags,
  feed: string,
): Promise<Outcome> => {
  const days = daysBetween(flags.from, flags.to);
  const session = await openRun(invocation, flags, feed, undefined);
  try {
    const limit = pLimit(flags.parallel ?? 1);
    const reports = await Promise.all(days.map((day) => limit(() => session.runDay(day))));
    return outcomeOf(reports, invocation.output.style);
  } finally {
    await session.close();
  }
};

/** @returns every day from one to another, both included. @throws DATES_REVERSED */
export const daysBetween = (from: string, to: string): string[] => {
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
  return Array.from({ length: days }, (_, index) =>
    new Date(first + index * DAY_MILLISECONDS).toISOString().slice(0, 10),
  );
};
