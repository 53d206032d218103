import { splitTarget } from '../../etl/find-stage.ts';
import type { Invocation, Outcome } from '../command.ts';
import { openRun, outcomeOf } from '../feed-run.ts';
import type { RunFlags } from '../feed-run.ts';

/** `run FEED[.STAGE] --date D`: one run now, here; with `--local` on folders, else on the environment's stores. */
export const run = async (
  invocation: Invocation,
  flags: RunFlags & { readonly date: string },
  target: string,
): Promise<Outcome> => {
  const [feed, stage] = splitTarget(target);
  const session = await openRun(invocation, flags, feed, stage);
  try {
    return outcomeOf([await session.runDay(flags.date)], invocation.output.style);
  } finally {
    await session.close();
  }
};
