import type { FeedDeclaration, StageDeclaration, Trigger } from '../etl/feed.ts';
import { stageOf } from './access.ts';
import { feedInvalid } from './feed-invalid.ts';

/** A stage and what runs when it has ended. */
export interface Step {
  readonly stage: string;
  readonly declaration: StageDeclaration;
  readonly then: readonly Step[];
}

/** How a feed's stages start: one pipeline of stages that follow each other, and lone ones. */
export interface PipelinePlan {
  readonly pipeline?: { readonly trigger: Trigger; readonly first: Step };
  readonly lone: readonly { readonly trigger: Trigger; readonly stage: string }[];
}

/**
 * A stage with a trigger and successors begins the feed's pipeline; one without successors runs alone.
 * @throws FEED_INVALID when a stage has neither or both of trigger and predecessor, follows an unknown
 * stage or itself, or when two pipelines begin
 */
export const pipelinePlan = (feed: FeedDeclaration): PipelinePlan => {
  const stages = Object.entries(feed.stages).map(([stage, declaration]) => ({ stage, declaration }));
  for (const { stage, declaration } of stages) {
    if ((declaration.on === undefined) === (declaration.after === undefined)) {
      throw feedInvalid(feed.name, `stage ${stage} must have exactly one of "on" and "after"`);
    }
    if (declaration.after !== undefined) stageOf(feed, declaration.after);
  }
  const stepOf = (stage: string): Step => ({
    stage,
    declaration: stageOf(feed, stage),
    then: stages.filter(({ declaration }) => declaration.after === stage).map((next) => stepOf(next.stage)),
  });
  const roots = stages.flatMap(({ stage, declaration }) =>
    declaration.on === undefined ? [] : [{ trigger: declaration.on, first: stepOf(stage) }],
  );
  const reached = roots.flatMap(({ first }) => stagesFrom(first));
  const circling = stages.find(({ stage }) => !reached.includes(stage));
  if (circling !== undefined) throw feedInvalid(feed.name, `stage ${circling.stage} comes after itself`);
  const pipelines = roots.filter(({ first }) => first.then.length > 0);
  const [pipeline, second] = pipelines;
  if (second !== undefined) {
    throw feedInvalid(feed.name, `stage ${second.first.stage} begins a second pipeline`);
  }
  return {
    ...(pipeline === undefined ? {} : { pipeline }),
    lone: roots
      .filter(({ first }) => first.then.length === 0)
      .map(({ trigger, first }) => ({ trigger, stage: first.stage })),
  };
};

/** The step's stage and all that follow it. */
export const stagesFrom = (step: Step): string[] => [step.stage, ...step.then.flatMap(stagesFrom)];

/** Minutes that the longest way through the steps may take. */
export const longestMinutes = (step: Step): number =>
  step.declaration.timeoutMinutes + Math.max(0, ...step.then.map(longestMinutes));
