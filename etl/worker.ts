import { interrupted } from '../errors/errors.ts';
import { jsonLogger } from './runtime/json-log.ts';
import { openAwsPlace } from './runtime/places/aws.ts';
import { parseCall, tell, work } from './runtime/work.ts';

/**
 * The container's entry: `worker FEED[.STAGE] --date YYYY-MM-DD | --scheduled INSTANT`, with the wiring
 * in PEACHES_WIRING. Exit status as everywhere. A scheduled run of one stage is part of a pipeline whose
 * next stage must run although a unit failed: there failed units are told in the log and the run record,
 * and the status is 0.
 */

/** ECS kills 30 seconds after its SIGTERM. */
const GRACE_MS = 22_000;

/** The whole life of the process. @returns the exit status */
const main = async (): Promise<number> => {
  const log = jsonLogger((line) => process.stdout.write(line));
  const stop = new AbortController();
  process.on('SIGTERM', () => {
    log.warn('asked to end');
    stop.abort(interrupted({ code: 'RUN_INTERRUPTED', message: 'The process was asked to end.' }));
    setTimeout(() => {
      log.error('units given up: they did not end in time');
      process.exit(130);
    }, GRACE_MS).unref();
  });
  try {
    const call = parseCall(process.argv.slice(2), process.env);
    const place = await openAwsPlace(call.wiring, call.feed);
    try {
      const version = process.env['PEACHES_WORKER_VERSION'];
      return await work(call, { place, log, signal: stop.signal, version });
    } finally {
      await place.close();
    }
  } catch (error) {
    return tell(log, error);
  }
};

process.exit(await main());
