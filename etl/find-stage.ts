import { usageError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import type { FeedDeclaration, StageDeclaration } from './feed.ts';

/** @throws UNKNOWN_STAGE */
export const findStage = (feed: FeedDeclaration, stage: string): StageDeclaration => {
  const declaration = Object.hasOwn(feed.stages, stage) ? feed.stages[stage] : undefined;
  if (declaration !== undefined) return declaration;
  const stages = Object.keys(feed.stages);
  throw usageError({
    code: 'UNKNOWN_STAGE',
    message: `${feed.name} has no stage ${stage}.${didYouMean(stage, stages)}`,
    hint: `Stages of ${feed.name}: ${stages.join(', ')}.`,
    details: { feed: feed.name, stage, stages },
  });
};

/** @param target `FEED` or `FEED.STAGE` @returns the two names; all behind the first dot is the stage */
export const splitTarget = (target: string): readonly [feed: string, stage: string | undefined] => {
  const dot = target.indexOf('.');
  return dot < 0 ? [target, undefined] : [target.slice(0, dot), target.slice(dot + 1)];
};
