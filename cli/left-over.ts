import { standingStacks } from '../terraform/states.ts';
import { synthesizeProject } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import type { Output } from './output.ts';
import type { Project } from './project.ts';

/** What a stack's state knows; 0 resources: it is not applied. */
export interface StackState {
  readonly stack: string;
  readonly resources: number;
}

/**
 * Stacks that stand though the configuration has them no more: their feed was taken out, or the warehouse.
 * @param standing resources by stack, as the states tell
 * @param configured every stack that the configuration has
 */
export const leftOverOf = (
  standing: ReadonlyMap<string, number>,
  configured: Deployment['stacks'],
): readonly StackState[] =>
  [...standing]
    .filter(([name]) => configured.every((stack) => stack.name !== name))
    .map(([stack, resources]) => ({ stack, resources }));

/** The deployment with what is left over as stacks in which nothing is, so that they can be destroyed. */
export const withLeftOver = async (
  project: Project,
  deployment: Deployment,
  leftOver: readonly StackState[],
): Promise<Deployment> => {
  if (leftOver.length === 0) return deployment;
  const names = leftOver.map(({ stack }) => stack);
  return { ...deployment, stacks: await synthesizeProject(project, { leftOver: names }) };
};

/** Says which stacks no deploy touches any more, and how they go. @param deployment of every stack configured */
export const tellLeftOver = async (
  output: Pick<Output, 'warn'>,
  { root }: Project,
  { stacks, environment, access }: Deployment,
): Promise<void> => {
  for (const { stack, resources } of leftOverOf(await standingStacks(environment, root, access), stacks)) {
    output.warn(
      `${stack} is no longer in the configuration, but stands with ${resources} resources. Put it back, or remove it: \`peaches destroy ${stack}\` keeps what holds data.`,
    );
  }
};
