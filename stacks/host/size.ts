import { usageError } from '../../errors/errors.ts';
import type { FeedDeclaration, StageDeclaration } from '../../etl/feed.ts';
import { pipelinePlan, stagesFrom } from '../pipeline-plan.ts';

/** A host that is big enough for all that may run on it at once. */
export interface HostSize {
  readonly instanceType: string;
  readonly volumeGiB: number;
}

/** One family, one ratio of memory: GiB and vCPU by size, smallest first. */
const M6I: readonly (readonly [size: string, gib: number, vcpu: number])[] = [
  ['large', 8, 2],
  ['xlarge', 16, 4],
  ['2xlarge', 32, 8],
  ['4xlarge', 64, 16],
  ['8xlarge', 128, 32],
  ['12xlarge', 192, 48],
  ['16xlarge', 256, 64],
  ['24xlarge', 384, 96],
  ['32xlarge', 512, 128],
];

/** What the system, Docker and the agent of Session Manager take for themselves. */
const SYSTEM_MIB = 1024;
const SYSTEM_GIB = 20;
/** Scratch of one run, as a task of ECS has it. */
const SCRATCH_GIB = 20;

/**
 * A pipeline's stages run after each other, so of each pipeline and each lone stage only the biggest
 * counts; all of them may run at the same time.
 * @throws HOST_TOO_SMALL when no host is big enough
 */
export const hostSize = (feeds: readonly FeedDeclaration[]): HostSize => {
  const runs = feeds.flatMap(runsOf);
  const most = (stages: readonly StageDeclaration[], what: 'memoryMiB' | 'vcpu'): number =>
    Math.max(...stages.map((stage) => stage[what]));
  const memoryMiB = runs.reduce((sum, stages) => sum + most(stages, 'memoryMiB'), SYSTEM_MIB);
  const vcpu = Math.max(0, ...runs.map((stages) => most(stages, 'vcpu')));
  const fitting = M6I.find(([, gib, cpus]) => gib * 1024 >= memoryMiB && cpus >= vcpu);
  if (fitting === undefined) {
    throw usageError({
      code: 'HOST_TOO_SMALL',
      message: `No host has the ${memoryMiB} MiB and ${vcpu} vCPU that all feeds together need.`,
      hint: 'Select fewer feeds for the environment, or set "compute" to "ecs".',
      details: { memoryMiB, vcpu },
    });
  }
  return { instanceType: `m6i.${fitting[0]}`, volumeGiB: SYSTEM_GIB + runs.length * SCRATCH_GIB };
};

const runsOf = (feed: FeedDeclaration): StageDeclaration[][] => {
  const { pipeline, lone } = pipelinePlan(feed);
  return [
    ...(pipeline === undefined ? [] : [stagesFrom(pipeline.first)]),
    ...lone.map(({ stage }) => [stage]),
  ].map((stages) => stages.flatMap((stage) => feed.stages[stage] ?? []));
};
