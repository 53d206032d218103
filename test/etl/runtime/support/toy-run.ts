import { openLocalPlace } from '../../../../etl/runtime/places/local.ts';
import { runFeed } from '../../../../etl/runtime/runner.ts';
import { toyFeed } from './toy-feed.ts';
import { DAY, silent } from './toy-place.ts';

/** A run of the toy feed as a process of its own, to race with and to kill: `toy-run.ts DIR`. */

const [dir = ''] = process.argv.slice(2);
const feed = toyFeed();
const place = await openLocalPlace(dir, feed);
const report = await runFeed({
  ...{ feed, date: DAY, params: {}, place, log: silent, signal: new AbortController().signal },
});
await place.close();
process.stdout.write(JSON.stringify(report));
