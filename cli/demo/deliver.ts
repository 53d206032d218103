import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { wiringOf } from '../../config/wiring.ts';
import type { ObjectStore } from '../../etl/runtime/object-store.ts';
import { openAwsPlace } from '../../etl/runtime/places/aws.ts';
import { deliverExternal, seedExternal } from '../../sandbox/external.ts';
import type { Project } from '../project.ts';
import type { DemoFeed } from './demo-feed.ts';

/**
 * Puts a generated day into the emulator, each object where it would arrive: a partner's bucket under the
 * partner's account, the feed's own buckets under ours.
 * @returns what there is, for a person
 */
export const deliverDay = async (
  { root, environment }: Project,
  endpoint: string,
  { feed, layOut }: Pick<DemoFeed, 'feed' | 'layOut'>,
  date: string,
): Promise<string> => {
  const folder = await mkdtemp(join(root, 'day-'));
  const place = await openAwsPlace(wiringOf(environment, feed), feed);
  try {
    const said = await layOut(folder, date);
    const customer = { endpoint, account: environment.account, region: environment.region };
    const params = environment.feeds[feed.name];
    await seedExternal(customer, feed, params);
    const foreign = Object.values(feed.external ?? {}).map(({ bucket }) => bucket);
    for (const bucket of await readdir(folder)) {
      const below = join(folder, bucket);
      if (foreign.includes(bucket)) await deliverExternal(customer, feed, params, bucket, below);
      else await deliverOwn(place.store, bucket, below);
    }
    return said;
  } finally {
    await place.close();
    await rm(folder, { recursive: true, force: true });
  }
};

const deliverOwn = async (store: ObjectStore, bucket: string, folder: string): Promise<void> => {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    await store.put(bucket, relative(folder, file).split(sep).join('/'), { file });
  }
};
