import { logDeliveriesOf, OPERATIONS, type FeedDeclaration } from '../etl/feed.ts';
import { findStage } from '../etl/find-stage.ts';
import { locate, type Location } from '../etl/locate.ts';
import type { Environment } from '../config/environment.ts';
import { bucketArn, bucketName } from '../config/names.ts';
import { loadsTables, stagingPrefix, WAREHOUSE_BUCKET } from '../config/warehouse.ts';
import type { Outside } from '../policies/boundary.ts';
import type { Prefix } from '../policies/objects.ts';

/** What a stage's declaration says it reaches, as resources of an account. */
export interface DeclaredAccess {
  readonly reads: readonly Prefix[];
  readonly writes: readonly Prefix[];
  readonly externalRoleArns: readonly string[];
}

/**
 * A stage reaches its declared prefixes, where it stages loads of the warehouse, and in the bucket of operations its own ledger, run records
 * and quarantine; the ledger of the whole feed it reads, to know what earlier stages made.
 * @param feed a declaration that the environment has selected
 */
export const declaredAccess = (env: Environment, feed: FeedDeclaration, stage: string): DeclaredAccess => {
  const declaration = findStage(feed, stage);
  const operations = bucketArn(env, bucketName(env, OPERATIONS));
  const own = ['ledger', 'runs', 'quarantine'].map((area) => ({
    bucketArn: operations,
    prefix: `${area}/${feed.name}/${stage}/`,
  }));
  const located = (paths: readonly string[] = []): readonly Location[] =>
    paths.map((path) => locate(feed, env.feeds[feed.name], path));
  const sources = located(declaration.reads);
  return {
    reads: [
      ...sources.flatMap((source) => openedByUs(env, source)),
      { bucketArn: operations, prefix: `ledger/${feed.name}/` },
      ...own.slice(1),
    ],
    writes: [
      ...located(declaration.writes).flatMap((target) => openedByUs(env, target)),
      ...own,
      ...staging(env, feed, stage),
    ],
    externalRoleArns: [
      ...new Set(sources.flatMap((source) => ('own' in source ? [] : (source.external.roleArn ?? [])))),
    ],
  };
};

/** Where the stage stages its loads, if it loads tables. */
const staging = (env: Environment, feed: FeedDeclaration, stage: string): Prefix[] =>
  loadsTables(env, feed, stage)
    ? [
        {
          bucketArn: bucketArn(env, bucketName(env, WAREHOUSE_BUCKET)),
          prefix: stagingPrefix(feed.name),
        },
      ]
    : [];

/** What the environment's feeds reach outside it, in a stable order. */
export const outsideOf = (env: Environment, feeds: readonly FeedDeclaration[]): Outside => {
  const externals = feeds.flatMap((feed) =>
    Object.values(feed.external ?? {}).map((external) => ({
      bucket: external.bucket,
      role: external.assumeRole?.(env.feeds[feed.name]),
    })),
  );
  return {
    roleArns: [...new Set(externals.flatMap(({ role }) => role ?? []))].sort(),
    buckets: [
      ...new Set(externals.flatMap(({ bucket, role }) => (role === undefined ? [bucket] : []))),
    ].sort(),
  };
};

/** Log groups that feeds' stacks make under names that the services that write into them know, in a stable order. */
export const madeLogGroups = (env: Environment, feeds: readonly FeedDeclaration[]): readonly string[] => {
  const groups = feeds.flatMap((feed) => logDeliveriesOf(feed, env.feeds[feed.name]));
  return [...new Set(groups.flatMap(([, , { name, exists }]) => (exists ? [] : [name])))].sort();
};

/** An external bucket behind a role is its owner's to open: of ours it takes only entering the role. */
const openedByUs = (env: Environment, location: Location): readonly Prefix[] => {
  if ('own' in location) {
    const { alias, prefix } = location.own;
    return [{ bucketArn: bucketArn(env, bucketName(env, alias)), prefix }];
  }
  const { bucket, prefix, roleArn } = location.external;
  return roleArn === undefined ? [{ bucketArn: bucketArn(env, bucket), prefix }] : [];
};
