import { parseArgs } from 'node:util';
import { failed, messageOf, PeachesError, usageError } from '../../errors/errors.ts';
import type { FeedDeclaration } from '../feed.ts';
import { feeds, findFeed } from '../feeds.ts';
import { splitTarget } from '../find-stage.ts';
import { datesAround, parseDate } from './dates.ts';
import type { MaskingLogger } from './json-log.ts';
import type { Place, RunReport } from './run.ts';
import { runFeed } from './runner.ts';
import type { Secrets } from './secrets.ts';
import type { UtcDate } from './stage.ts';
import { wiringSchema, type Wiring } from './wiring.ts';

/** What a worker is asked to do, and the doing of it; `etl/worker.ts` is the process around it. */

export interface WorkerCall {
  readonly feed: FeedDeclaration;
  readonly stage: string | undefined;
  readonly dates: readonly UtcDate[];
  readonly scheduled: boolean;
  readonly wiring: Wiring;
}

/**
 * What a worker is asked to do.
 * @param environment where PEACHES_WIRING is looked up
 * @throws USAGE, WIRING_INVALID, UNKNOWN_FEED, DATE_INVALID
 */
export const parseCall = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  register: readonly FeedDeclaration[] = feeds,
): WorkerCall => {
  const { positionals, values } = parse(args);
  const [target = '', ...rest] = positionals;
  const { date, scheduled } = values;
  if (target === '' || rest.length > 0 || (date === undefined) === (scheduled === undefined)) throw usage();
  const [name, stage] = splitTarget(target);
  const feed = register.find((known) => known.name === name) ?? findFeed(name);
  const wiring = parseWiring(environment['PEACHES_WIRING'], feed);
  const window = feed.window?.(wiring.params) ?? { back: 0, ahead: 0 };
  const dates = date === undefined ? datesAround(scheduled ?? '', window) : [parseDate(date)];
  return { feed, stage, dates, scheduled: date === undefined, wiring };
};

const usage = (cause?: unknown): PeachesError =>
  usageError({
    code: 'USAGE',
    message: cause === undefined ? 'The worker was called wrongly.' : messageOf(cause),
    hint: 'Call: worker FEED[.STAGE] --date YYYY-MM-DD, or --scheduled INSTANT.',
    cause,
  });

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { date: { type: 'string' }, scheduled: { type: 'string' } },
    });
  } catch (error) {
    throw usage(error);
  }
};

const parseWiring = (text: string | undefined, feed: FeedDeclaration): Wiring => {
  try {
    const wiring = wiringSchema.parse(JSON.parse(text ?? ''));
    return { ...wiring, params: feed.params.parse(wiring.params) };
  } catch (error) {
    throw usageError({
      code: 'WIRING_INVALID',
      message: `PEACHES_WIRING does not fit the feed ${feed.name}: ${messageOf(error)}`,
      hint: 'Deploy the stack of the feed again: its task definitions carry the wiring.',
      cause: error,
    });
  }
};

/** Secrets whose values the log masks from the moment that somebody has read them. */
const maskedIn = (secrets: Secrets, log: MaskingLogger): Secrets => ({
  async get(feed, name) {
    const fields = await secrets.get(feed, name);
    for (const value of Object.values(fields ?? {})) log.mask(value);
    return fields;
  },
});

export interface WorkerDoors {
  readonly place: Place;
  readonly log: MaskingLogger;
  readonly signal: AbortSignal;
  readonly version?: string | undefined;
}

/** Works the days one after the other; one that fails does not keep the others from their turn. @returns the exit status */
export const work = async (
  call: WorkerCall,
  { place, log, signal, version }: WorkerDoors,
): Promise<number> => {
  const guarded = { ...place, secrets: maskedIn(place.secrets, log) };
  let status = 0;
  for (const date of call.dates) {
    try {
      const report = await runFeed({
        ...{ feed: call.feed, date, params: call.wiring.params, place: guarded, log, signal },
        ...(call.stage !== undefined && { stage: call.stage }),
        ...(version !== undefined && { version }),
      });
      status ||= statusOf(report, call);
    } catch (error) {
      status = tell(log, error, { feed: call.feed.name, date });
      if (signal.aborted) break;
    }
  }
  return status;
};

const statusOf = (report: RunReport, { stage, scheduled }: WorkerCall): number => {
  const units = report.stages.reduce((sum, { unitsFailed }) => sum + unitsFailed, 0);
  return units > 0 && !(scheduled && stage !== undefined) ? 1 : 0;
};

/** Puts an error into the log. @returns the exit status that it asks for */
export const tell = (
  log: MaskingLogger,
  thrown: unknown,
  facts: Readonly<Record<string, unknown>> = {},
): number => {
  const known = thrown instanceof PeachesError;
  const error = known ? thrown : failed({ code: 'UNEXPECTED', message: messageOf(thrown), cause: thrown });
  const { code, hint, details } = error;
  const stack = known || !(thrown instanceof Error) ? undefined : thrown.stack;
  log.error(error.message, { ...facts, code, hint, details, stack });
  return error.exitCode;
};
