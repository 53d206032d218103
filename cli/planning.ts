import { rm } from 'node:fs/promises';
import type { Counts } from '../terraform/events.ts';
import type { SynthesizedStack } from '../stacks/synthesize.ts';
import { keepCopy } from '../terraform/state-copy.ts';
import type { Deployment } from './deployment.ts';
import type { Output } from './output.ts';
import { countsText, eventLine } from './views/plan.ts';
import type { StackPlan } from './views/plan.ts';

/** Plans one stack, unless a stack that it reads from has never been applied. */
export const planStack = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  output: Output,
  unapplied: ReadonlySet<string>,
  destroy = false,
): Promise<StackPlan> => {
  const after = stack.dependsOn.find((name) => unapplied.has(name));
  if (after !== undefined) return { stack: stack.name, after };
  return await output.step(`Plan ${stack.name}`, async (step) => {
    const terraform = deployment.terraform(stack, (event) => {
      const line = eventLine(event);
      if (line !== undefined) step.note(line);
    });
    await terraform.init();
    const plan = await terraform.plan({ out: deployment.planFile(stack), destroy });
    step.note(plan.hasChanges ? countsText(plan.counts) : 'no changes');
    return { stack: stack.name, plan };
  });
};

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
export const applyPlan = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  output: Output,
  title: string,
): Promise<void> => {
  await output.step(title, async (step) => {
    const terraform = deployment.terraform(stack, (event) => {
      const line = eventLine(event);
      if (line !== undefined) step.note(line);
    });
    await keepCopy(deployment.copiesFolder, stack.name, await terraform.pullState());
    await terraform.apply(deployment.planFile(stack));
    await rm(deployment.planFile(stack), { force: true });
  });
};

export interface Destruction {
  readonly counts: Counts;
  /** ARNs and ids of what will be gone. A key only begins its waiting time and is not among them. */
  readonly ids: readonly string[];
}

/** Plans to destroy a stack. @returns what would go; undefined when nothing of it is there */
export const planDestroy = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  output: Output,
): Promise<Destruction | undefined> => {
  const terraform = deployment.terraform(stack, () => undefined);
  await terraform.init();
  if ((await terraform.stateList()).length === 0) return undefined;
  const planned = await planStack(deployment, stack, output, new Set(), true);
  if (!('plan' in planned) || !planned.plan.hasChanges) return undefined;
  const { changes } = await terraform.show(deployment.planFile(stack));
  const ids = changes
    .filter(({ type }) => type !== 'aws_kms_key')
    .flatMap(({ attributes }) => attributes)
    .flatMap(({ name, before }) =>
      (name === 'id' || name === 'arn') && typeof before === 'string' ? [before] : [],
    );
  return { counts: planned.plan.counts, ids };
};
