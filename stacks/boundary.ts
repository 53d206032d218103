import type { FeedDeclaration } from '../etl/feed.ts';
import { feeds as register } from '../etl/feeds.ts';
import type { Environment } from '../config/environment.ts';
import { boundaryPolicy } from '../policies/boundary.ts';
import { outsideOf } from './access.ts';

/**
 * The boundary of an environment: as the foundation makes it, or somebody else before the first deployment, for
 * `existing.boundary`.
 * @param feeds absent: the register
 */
export const boundaryOf = (env: Environment, feeds: readonly FeedDeclaration[] = register): string => {
  const selected = feeds.filter(({ name }) => Object.hasOwn(env.feeds, name));
  return boundaryPolicy(env, outsideOf(env, selected));
};
