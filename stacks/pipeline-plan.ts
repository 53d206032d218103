import type { FeedDeclaration, StageDeclaration, Trigger } from '../etl/feed.ts';

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

/** A stage with a trigger and successors begins the feed's pipeline; one without successors runs alone. */
export const pipelinePlan = (feed: FeedDeclaration): PipelinePlan => {
  const stages = Object.entries(feed.stages).map(([stage, declaration]) => ({ stage, declaration }));
  const stepsAfter = (name: string): readonly Step[] =>
    stages
      .filter(({ declaration }) => declaration.after === name)
      .map((next) => ({ ...next, then: stepsAfter(next.stage) }));
  const roots = stages.flatMap(({ stage, declaration }) =>
    declaration.on === undefined
      ? []
      : [{ trigger: declaration.on, first: { stage, declaration, then: stepsAfter(stage) } }],
  );
  const pipeline = roots.find(({ first }) => first.then.length > 0);
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
