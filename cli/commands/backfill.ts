import pLimit from 'p-limit';
import { PeachesError } from '../../errors/errors.ts';
import { classify } from '../../etl/runtime/failure-class.ts';
import type { RunReport } from '../../etl/runtime/run.ts';
import type { Invocation, Outcome } from '../command.ts';
import { daysBetween } from '../days.ts';
import { openRun, outcomeOf } from '../feed-run.ts';
import type { RunFlags } from '../feed-run.ts';
import type { Style } from '../output.ts';

interface BackfillFlags extends RunFlags {
  readonly from: string;
  readonly to: string;
  readonly parallel: number | undefined;
}

interface FailedDay {
  readonly date: string;
  readonly error: PeachesError;
}

/**
 * `backfill FEED --from D --to D`: the same as `run` for every day, the oldest first. A day that fails by what it
 * holds does not keep the others from being worked; what would fail them all ends the call.
 */
export const backfill = async (
  invocation: Invocation,
  flags: BackfillFlags,
  feed: string,
): Promise<Outcome> => {
  const days = daysBetween(flags.from, flags.to);
  const session = await openRun(invocation, flags, feed, undefined);
  const runs: RunReport[] = [];
  const failures: FailedDay[] = [];
  let stop: unknown;
  const work = async (date: string): Promise<void> => {
    if (stop !== undefined) return;
    try {
      runs.push(await session.runDay(date));
    } catch (error) {
      if (error instanceof PeachesError && classify(error) !== 'environment') failures.push({ date, error });
      else stop ??= error;
    }
  };
  try {
    const limit = pLimit(flags.parallel ?? 1);
    await Promise.all(days.map((date) => limit(work, date)));
  } finally {
    await session.close();
  }
  const [first] = failures;
  if (stop !== undefined) throw stop as Error;
  if (first !== undefined && runs.length === 0) throw first.error;
  return told(runs, failures, invocation.output.style);
};

const byDate = (one: { readonly date: string }, other: { readonly date: string }): number =>
  one.date < other.date ? -1 : 1;

const told = (runs: readonly RunReport[], failures: readonly FailedDay[], style: Style): Outcome => {
  const sorted = runs.toSorted(byDate);
  const failed = failures.toSorted(byDate).map(({ date, error: { code, message, hint } }) => ({
    ...{ date, code, message, hint },
  }));
  const { text, exitCode = 0 } = outcomeOf(sorted, style);
  const lines = failed.map(({ date, code, message }) => style('red', `${date}: ${code}: ${message}`));
  return {
    document: { runs: sorted, ...(failed.length > 0 && { failures: failed }) },
    text: [text, ...lines].join('\n\n'),
    exitCode: failed.length > 0 ? 1 : exitCode,
  };
};
