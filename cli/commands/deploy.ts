import { enterAccountToWrite } from '../account.ts';
import { applyStacks, resultsText } from '../applying.ts';
import type { StackResult } from '../applying.ts';
import type { Invocation, Outcome } from '../command.ts';
import { prepareDeployment } from '../deployment.ts';
import { holding } from '../environment-hold.ts';
import { tellLeftOver } from '../left-over.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { enforceRules } from '../rule-check.ts';

/** `deploy [STACK...]`: the plan that is shown is the plan that is applied. */
export const deploy = async (
  invocation: Invocation,
  { allowReplace }: { readonly allowReplace: readonly string[] },
  names: readonly string[],
): Promise<Outcome> => {
  const project = await openProject(invocation);
  return await holding(invocation, project, 'deploy', () =>
    deployHeld(invocation, project, names, allowReplace),
  );
};

const deployHeld = async (
  invocation: Invocation,
  project: Project,
  names: readonly string[],
  allowReplace: readonly string[],
): Promise<Outcome> => {
  const { output, signal } = invocation;
  const deployment = await prepareDeployment(
    project,
    names,
    (await enterAccountToWrite(project)).environment,
    signal,
  );
  await enforceRules(project, output);
  const results: StackResult[] = [];
  try {
    await applyStacks(invocation, deployment, results, allowReplace);
  } catch (error) {
    output.event(resultsText(results));
    throw error;
  }
  if (names.length === 0) await tellLeftOver(output, project, deployment);
  return { document: { stacks: results }, text: resultsText(results) };
};
