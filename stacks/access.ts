import { aliasOf, OPERATIONS, type FeedDeclaration, type StageDeclaration } from '../etl/feed.ts';
import type { Environment } from '../config/environment.ts';
import { bucketArn, bucketName } from '../config/names.ts';
import { feedInvalid } from './feed-invalid.ts';
import type { Outside } from '../policies/boundary.ts';
import type { Prefix } from '../policies/stage.ts';

/** What a stage's declaration says it reaches, as resources of an account. */
export interface DeclaredAccess {
  readonly reads: readonly Prefix[];
  readonly writes: readonly Prefix[];
  readonly externalRoleArns: readonly string[];
}

/**
 * A stage reaches its declared prefixes, and in the bucket of operations its own ledger, run records
 * and quarantine; the ledger of the whole feed it reads, to know what earlier stages made.
 * @param feed a declaration that the environment has selected
 */
export const declaredAccess = (env: Environment, feed: FeedDeclaration, stage: string): DeclaredAccess => {
  const declaration = stageOf(feed, stage);
  const operations = bucketArn(env, bucketName(env, OPERATIONS));
  const own = ['ledger', 'runs', 'quarantine'].map((area) => ({
    bucketArn: operations,
    prefix: `${area}/${feed.name}/${stage}/`,
  }));
  const sources = (declaration.reads ?? []).map((path) => locate(env, feed, path));
  return {
    reads: [
      ...sources.flatMap(({ prefix }) => prefix ?? []),
      { bucketArn: operations, prefix: `ledger/${feed.name}/` },
      ...own.slice(1),
    ],
    writes: [...(declaration.writes ?? []).flatMap((path) => locate(env, feed, path).prefix ?? []), ...own],
    externalRoleArns: [...new Set(sources.flatMap(({ roleArn }) => roleArn ?? []))],
  };
};

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

/** @throws FEED_INVALID */
export const stageOf = (feed: FeedDeclaration, stage: string): StageDeclaration => {
  const declaration = feed.stages[stage];
  if (declaration === undefined) throw feedInvalid(feed.name, `it has no stage ${stage}`);
  return declaration;
};

/** An external bucket behind a role is its owner's to open: of ours it takes only entering the role. */
const locate = (
  env: Environment,
  feed: FeedDeclaration,
  path: string,
): { readonly prefix?: Prefix; readonly roleArn?: string } => {
  const slash = path.indexOf('/');
  const name = path.slice(0, slash);
  if (Object.hasOwn(feed.buckets, name)) {
    const bucket = bucketName(env, aliasOf(feed.name, name));
    return { prefix: { bucketArn: bucketArn(env, bucket), prefix: path.slice(slash + 1) } };
  }
  const external = feed.external?.[name];
  if (external === undefined) throw feedInvalid(feed.name, `${path} lies in no bucket of it`);
  const params = env.feeds[feed.name];
  if (external.assumeRole !== undefined) return { roleArn: external.assumeRole(params) };
  return { prefix: { bucketArn: bucketArn(env, external.bucket), prefix: external.prefix(params) } };
};
