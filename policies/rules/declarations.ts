import { aliasOf, dataSetsOf, deliverersOf, logDeliveriesOf, type FeedDeclaration } from '../../etl/feed.ts';
import { splitPath } from '../../etl/locate.ts';
import type { Environment } from '../../config/environment.ts';
import { bucketArn, bucketName } from '../../config/names.ts';
import { WAREHOUSE_BUCKET, WAREHOUSE_EXPIRY } from '../../config/warehouse.ts';

/** What the declarations of the selected feeds consent to, beyond the account's own things. */
export interface Declarations {
  /** Roles of others that we enter to read their buckets. */
  readonly externalRoleArns: readonly string[];
  /** Accounts of those who deliver to us. */
  readonly delivererAccounts: readonly string[];
  /** ARNs of objects in others' buckets that we read under our own roles, by feed. */
  readonly externalObjects: Readonly<Record<string, readonly string[]>>;
  /** ARNs of the buckets that a feed uses and the stacks do not make, by feed. */
  readonly existingBuckets: Readonly<Record<string, readonly string[]>>;
  /** ARNs of the objects that the feeds publish for reports. */
  readonly published: readonly string[];
  /** Names of log groups into which services write under names of their own. */
  readonly logGroups: readonly string[];
  /** Days after which objects may expire, by bucket and prefix. */
  readonly expireDays: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** @param feeds those that are known; only the environment's own count */
export const declarationsOf = (env: Environment, feeds: readonly FeedDeclaration[]): Declarations => {
  const selected = feeds.filter(({ name }) => Object.hasOwn(env.feeds, name));
  const externals = selected.flatMap((feed) =>
    Object.values(feed.external ?? {}).map((external) => {
      const params = env.feeds[feed.name];
      return {
        feed: feed.name,
        role: external.assumeRole?.(params),
        objects: `${bucketArn(env, external.bucket)}/${external.prefix(params)}`,
      };
    }),
  );
  return {
    externalRoleArns: externals.flatMap(({ role }) => role ?? []),
    delivererAccounts: selected.flatMap((feed) =>
      deliverersOf(feed, env.feeds[feed.name]).map(([, { account }]) => account),
    ),
    externalObjects: Object.fromEntries(
      selected.map(({ name }) => [
        name,
        externals.flatMap(({ feed, role, objects }) =>
          feed === name && role === undefined ? [objects] : [],
        ),
      ]),
    ),
    existingBuckets: Object.fromEntries(
      selected.map(({ name, buckets }) => [
        name,
        Object.keys(buckets).flatMap((bucket) => {
          const existing = env.existing?.buckets?.[aliasOf(name, bucket)];
          return existing === undefined ? [] : [bucketArn(env, existing)];
        }),
      ]),
    ),
    published: selected.flatMap((feed) =>
      dataSetsOf(feed, env.feeds[feed.name]).map(([, { published }]) => {
        const [bucket, prefix] = splitPath(published);
        return `${bucketArn(env, bucketName(env, aliasOf(feed.name, bucket)))}/${prefix}`;
      }),
    ),
    logGroups: selected.flatMap((feed) =>
      logDeliveriesOf(feed, env.feeds[feed.name]).map(([, , { name }]) => name),
    ),
    expireDays: Object.fromEntries([
      [bucketName(env, WAREHOUSE_BUCKET), WAREHOUSE_EXPIRY] as const,
      ...selected.flatMap((feed) =>
        Object.entries(feed.buckets).map(
          ([bucket, { expireDays }]) =>
            [bucketName(env, aliasOf(feed.name, bucket)), expireDays ?? {}] as const,
        ),
      ),
    ]),
  };
};
