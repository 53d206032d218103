import { rm } from 'node:fs/promises';
import type { SynthesizedStack } from '../stacks/synthesize.ts';
import type { PlanResult } from '../terraform/plan.ts';
import { keepCopy } from '../terraform/state-copy.ts';
import type { Deployment } from './deployment.ts';
import { measuredLosses } from './losses.ts';
import type { Output, Step } from './output.ts';
import { countsText, eventLine } from './views/plan.ts';
import type { StackPlan } from './views/plan.ts';

/** Plans one stack, unless a stack that it reads from has never been applied. */
export const planStack = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  output: Output,
  unapplied: ReadonlySet<string> = new Set(),
): Promise<StackPlan> => {
  const after = stack.dependsOn.find((name) => unapplied.has(name));
  if (after !== undefined) return { stack: stack.name, after };
  return await output.step(`Plan ${stack.name}`, async (step) => {
    const terraform = deployment.terraform(stack, (event) => {
      const line = eventLine(event);
      if (line !== undefined) step.note(line);
    });
    await terraform.init();
    const plan = await terraform.plan({ out: deployment.planFile(stack) });
    step.note(plan.hasChanges ? countsText(plan.counts) : 'no changes');
    return await withLosses(deployment, stack, plan);
  });
};

/** @returns the plan with what it would lose */
export const withLosses = async (deployment: Deployment, stack: SynthesizedStack, plan: PlanResult) => ({
  stack: stack.name,
  plan,
  losses: await measuredLosses(deployment, stack, plan),
});

/** Plans every stack; those whose upstream has no state yet are said to be known later. */
export const planAll = async (deployment: Deployment, output: Output): Promise<readonly StackPlan[]> => {
  const plans: StackPlan[] = [];
  const unapplied = new Set<string>();
  for (const stack of deployment.stacks) {
    const plan = await planStack(deployment, stack, output, unapplied);
    const applied =
      'plan' in plan && (await deployment.terraform(stack, () => undefined).stateList()).length > 0;
    if (!applied) unapplied.add(stack.name);
    plans.push(plan);
  }
  return plans;
};

/** Applies exactly the plan that was saved for the stack. */
export const applySaved = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  step: Step,
): Promise<void> => {
  const terraform = deployment.terraform(stack, (event) => {
    const line = eventLine(event);
    if (line !== undefined) step.note(line);
  });
  await keepCopy(deployment.copiesFolder, stack.name, await terraform.pullState());
  await terraform.apply(deployment.planFile(stack));
  await rm(deployment.planFile(stack), { force: true });
};

/** The same as a step of its own. */
export const applyPlan = (
  deployment: Deployment,
  stack: SynthesizedStack,
  output: Output,
  title: string,
): Promise<void> => output.step(title, (step) => applySaved(deployment, stack, step));
