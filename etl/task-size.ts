import type { StageDeclaration } from './feed.ts';

const GIB = 1024;

/** MiB that Fargate allows beside each number of vCPUs: least, most, step. */
const MEMORY: Readonly<Record<StageDeclaration['vcpu'], readonly [number, number, number]>> = {
  0.25: [512, 2 * GIB, 512],
  0.5: [GIB, 4 * GIB, GIB],
  1: [2 * GIB, 8 * GIB, GIB],
  2: [4 * GIB, 16 * GIB, GIB],
  4: [8 * GIB, 30 * GIB, GIB],
  8: [16 * GIB, 60 * GIB, 4 * GIB],
  16: [32 * GIB, 120 * GIB, 8 * GIB],
};

/** @returns what is wrong with the pair, or undefined when Fargate has it */
export const sizeProblem = (vcpu: StageDeclaration['vcpu'], memoryMiB: number): string | undefined => {
  const [least, most, step] = MEMORY[vcpu];
  // The smallest task knows 512, 1024 and 2048 MiB only.
  const skipped = vcpu === 0.25 && memoryMiB === 3 * 512;
  if (memoryMiB >= least && memoryMiB <= most && memoryMiB % step === 0 && !skipped) return undefined;
  return `${vcpu} vCPU goes with ${least} to ${most} MiB in steps of ${step}, not with ${memoryMiB}`;
};
