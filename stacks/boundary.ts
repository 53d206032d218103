import type { FeedDeclaration } from '../etl/feed.ts';
import { feeds as register } from '../etl/feeds.ts';
import type { Environment } from '../config/environment.ts';
import { arnOf } from '../config/names.ts';
import { boundaryPolicy } from '../policies/boundary.ts';
import { outsideOf } from './access.ts';

/**
 * The boundary as somebody else may make it before the first deployment, for `existing.boundary`. The ids of the
 * keys are not known then, so it names every key of the account and region; the keys' own policies still decide.
 * @param feeds absent: the register
 */
export const boundaryBeforeKeys = (
  env: Environment,
  feeds: readonly FeedDeclaration[] = register,
): string => {
  const selected = feeds.filter(({ name }) => Object.hasOwn(env.feeds, name));
  return boundaryPolicy(env, [arnOf(env, 'kms', 'key/*')], outsideOf(env, selected));
};
