import { findFeed } from '../../../../etl/feeds.ts';
import { FeedFolder } from '../../support/feed-folder.ts';
import { steppedPlace, type Step } from './stepped-place.ts';

/**
 * A run as a process of its own, which is killed within the transaction of its load:
 * `killed-run.ts FEED DATE PARAMS FOLDER`.
 */

const [name = '', date = '', params = '', root = ''] = process.argv.slice(2);
const usual = { date, params: JSON.parse(params) as Record<string, unknown> };
const folder = new FeedFolder(findFeed(name), usual, root);

const before = (step: Step): Promise<void> => {
  if (step === 'rows') process.kill(process.pid, 'SIGKILL');
  return Promise.resolve();
};

await folder.run({}, { through: (place) => steppedPlace(place, { before }) });
