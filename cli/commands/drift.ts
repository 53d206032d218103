import { rm } from 'node:fs/promises';
import type { ShownChange, ShownPlan } from '../../terraform/plan.ts';
import { enterAccount } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { prepareDeployment } from '../deployment.ts';
import { openProject } from '../project.ts';
import { planStack } from '../planning.ts';
import { driftText } from '../views/drift.ts';
import type { StackDrift } from '../views/drift.ts';

const DRIFT_FOUND = 2;

/**
 * `drift`: what was changed or removed in the account behind Terraform's back; exit status 2 when something was.
 * The state is read, not written.
 */
export const drift = async (
  invocation: Invocation,
  _: object,
  names: readonly string[],
): Promise<Outcome> => {
  const { output, signal } = invocation;
  const project = await openProject(invocation);
  const deployment = await prepareDeployment(
    project,
    names,
    (await enterAccount(project)).environment,
    signal,
  );
  const stacks: StackDrift[] = [];
  for (const stack of deployment.stacks) {
    const terraform = deployment.terraform(stack, () => undefined);
    await terraform.init();
    if ((await terraform.stateList()).length === 0) continue;
    try {
      await planStack(deployment, stack, output, new Set());
      stacks.push({
        stack: stack.name,
        drifted: driftedOf(await terraform.show(deployment.planFile(stack))),
      });
    } finally {
      await rm(deployment.planFile(stack), { force: true });
    }
  }
  return {
    document: { drift: stacks.some(({ drifted }) => drifted.length > 0), stacks },
    text: driftText(stacks, output.style),
    exitCode: stacks.some(({ drifted }) => drifted.length > 0) ? DRIFT_FOUND : 0,
  };
};

/**
 * The account differs from the state also in what AWS fills in by itself after a resource is made; drift is what
 * a deploy would set right: attributes that the plan changes, and resources that are gone.
 */
export const driftedOf = ({ changes, drift: differing }: ShownPlan): readonly ShownChange[] =>
  differing.flatMap((change) => {
    if (change.actions.includes('delete')) return [change];
    const planned = changes.find(({ address }) => address === change.address);
    const mended = new Set(planned?.attributes.map(({ name }) => name));
    const attributes = change.attributes.filter(({ name }) => mended.has(name));
    return attributes.length === 0 ? [] : [{ ...change, attributes }];
  });
