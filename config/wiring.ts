import { aliasOf, OPERATIONS, type FeedDeclaration } from '../etl/feed.ts';
import type { Wiring } from '../etl/runtime/wiring.ts';
import type { Environment } from './environment.ts';
import { bucketName, secretName } from './names.ts';
import { warehouseWiring } from './warehouse.ts';

/** The wiring of one feed's workers. @param feed a declaration that the environment has selected */
export const wiringOf = (env: Environment, feed: FeedDeclaration): Wiring => ({
  project: env.project,
  environment: env.name,
  region: env.region,
  buckets: Object.fromEntries(
    [OPERATIONS, ...Object.keys(feed.buckets).map((bucket) => aliasOf(feed.name, bucket))].map((alias) => [
      alias,
      bucketName(env, alias),
    ]),
  ),
  secrets: Object.fromEntries(
    Object.keys(feed.secrets ?? {}).map((secret) => {
      const alias = aliasOf(feed.name, secret);
      return [alias, secretName(env, alias)];
    }),
  ),
  params: env.feeds[feed.name],
  warehouse: warehouseWiring(env, feed),
});
