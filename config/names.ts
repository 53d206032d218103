import { createHash } from 'node:crypto';
import { aliasOf, OPERATIONS, type FeedDeclaration } from '../etl/feed.ts';
import type { Wiring } from '../etl/runtime/wiring.ts';
import type { Environment } from './environment.ts';

/** Every name that peaches gives to something in an account, derived from the environment alone. */

type Scope = Pick<Environment, 'project' | 'name'>;
type AccountScope = Scope & Pick<Environment, 'account'>;

/** First part of every name: `<project>-<environment>`. */
export const prefixOf = (env: Scope): string => `${env.project}-${env.name}`;

/** @returns the name, shortened with a hash of the whole when it is longer than AWS allows */
export const fit = (name: string, most: number): string => {
  if (name.length <= most) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, most - 9)}-${hash}`;
};

/** S3 allows 63 characters; names are global, so the account is part of it. */
export const bucketName = (env: AccountScope, alias: string): string =>
  `${fit(`${prefixOf(env)}-${alias}`, 63 - 13)}-${env.account}`;

/** IAM allows 64 characters for a role's name. */
export const roleName = (env: Scope, purpose: string): string => fit(`${prefixOf(env)}-${purpose}`, 64);

export const secretName = (env: Scope, alias: string): string => `${prefixOf(env)}/${alias}`;

export const repositoryName = (env: Scope, image: string): string => `${prefixOf(env)}/${image}`;

export const clusterName = (env: Scope): string => prefixOf(env);

export const logGroupName = (env: Scope, feed: string, stage: string): string =>
  `/${prefixOf(env)}/${feed}/${stage}`;

export const stateMachineName = (env: Scope, feed: string): string => fit(`${prefixOf(env)}-${feed}`, 80);

/** Name of a stack in Terraform and on disk: `<project>-<environment>-foundation`. */
export const stackName = (env: Scope, stack: string): string => `${prefixOf(env)}-${stack}`;

/** Bucket of the Terraform state of all environments of the project in one account. */
export const stateBucketName = (env: AccountScope): string =>
  `${fit(`${env.project}-terraform-state`, 63 - 13)}-${env.account}`;

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
  warehouse: { kind: 'none' },
});
