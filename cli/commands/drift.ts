import { rm } from 'node:fs/promises';
import type { SynthesizedStack } from '../../stacks/synthesize.ts';
import { driftOf } from '../../terraform/drift.ts';
import { keepCopy } from '../../terraform/state-copy.ts';
import { enterAccount, enterAccountToWrite } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { prepareDeployment } from '../deployment.ts';
import type { Deployment } from '../deployment.ts';
import { holding } from '../environment-hold.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { driftedText, driftText } from '../views/drift.ts';
import type { StackDrift } from '../views/drift.ts';

const DRIFT_FOUND = 2;

/**
 * `drift`: what was changed or removed in the account behind Terraform's back; exit status 2 when something was.
 * The state is read, and written with `--accept` alone: it then says what the account has.
 */
export const drift = async (
  invocation: Invocation,
  { accept }: { readonly accept: boolean },
  names: readonly string[],
): Promise<Outcome> => {
  const project = await openProject(invocation);
  const look = (): Promise<Outcome> => lookAt(invocation, project, names, accept);
  return await (accept ? holding(invocation, project, 'drift', look) : look());
};

const lookAt = async (
  invocation: Invocation,
  project: Project,
  names: readonly string[],
  accept: boolean,
): Promise<Outcome> => {
  const { output, signal } = invocation;
  const { environment } = await (accept ? enterAccountToWrite(project) : enterAccount(project));
  const deployment = await prepareDeployment(project, names, environment, signal);
  const stacks: StackDrift[] = [];
  const recorded = new Set<string>();
  try {
    for (const stack of deployment.stacks) {
      const one = await output.step(`Compare ${stack.name}`, () => compare(deployment, stack));
      if (one === undefined) continue;
      stacks.push(one);
      if (!accept || one.drifted.length === 0) continue;
      if (await record(invocation, deployment, stack, one)) recorded.add(stack.name);
    }
  } finally {
    for (const stack of deployment.stacks) await rm(deployment.planFile(stack), { force: true });
  }
  const drifted = stacks.filter((one) => one.drifted.length > 0);
  const remains = drifted.some(({ stack }) => !recorded.has(stack));
  return {
    document: { drift: drifted.length > 0, accepted: [...recorded], stacks },
    text: driftText(stacks, !remains, output.style),
    exitCode: remains ? DRIFT_FOUND : 0,
  };
};

/** @returns undefined for a stack that was never applied */
const compare = async (deployment: Deployment, stack: SynthesizedStack): Promise<StackDrift | undefined> => {
  const terraform = deployment.terraform(stack, () => undefined);
  await terraform.init();
  if ((await terraform.stateList()).length === 0) return undefined;
  const out = deployment.planFile(stack);
  await terraform.plan({ out, refreshOnly: true });
  return { stack: stack.name, drifted: driftOf(await terraform.show(out)) };
};

/** Writes what the account has into the state, after a question. @returns whether it did */
const record = async (
  { output, prompt }: Invocation,
  deployment: Deployment,
  stack: SynthesizedStack,
  found: StackDrift,
): Promise<boolean> => {
  output.event(driftedText(found, output.style));
  if (!(await prompt.confirm(`Write this into the state of ${stack.name}?`))) return false;
  const terraform = deployment.terraform(stack, () => undefined);
  await keepCopy(deployment.copiesFolder, stack.name, await terraform.pullState());
  await terraform.apply(deployment.planFile(stack));
  return true;
};
