import { WAREHOUSE_STACK } from '../config/warehouse.ts';
import { failed, interrupted, messageOf, PeachesError } from '../errors/errors.ts';
import type { SynthesizedStack } from '../stacks/synthesize.ts';
import type { Counts } from '../terraform/events.ts';
import type { Invocation } from './command.ts';
import type { Deployment } from './deployment.ts';
import type { Output } from './output.ts';
import { guardLoss } from './loss-guard.ts';
import { applyPlan } from './planning.ts';
import { planToApply } from './recovering.ts';
import { tableOf } from './views/table.ts';
import { plansText } from './views/plan.ts';
import { openWarehouse } from './warehouse-rights.ts';

export interface StackResult {
  readonly stack: string;
  readonly result: 'applied' | 'destroyed' | 'unchanged' | 'declined' | 'failed' | 'interrupted' | 'skipped';
  readonly counts?: Counts;
  readonly seconds: number;
  readonly error?: string;
}

/**
 * Plans, shows, asks and applies stack by stack, in order. Where one fails, those that do not depend on it
 * still go on; the failure is thrown at the end.
 * @param results filled as it goes, so that the caller can show them whatever happens
 * @param allowReplace addresses whose data may be lost
 * @throws what Terraform threw when one stack failed; STACKS_FAILED when several did; DECLINED
 */
export const applyStacks = async (
  { output, prompt, signal }: Pick<Invocation, 'output' | 'prompt' | 'signal'>,
  deployment: Deployment,
  results: StackResult[],
  allowReplace: readonly string[] = [],
): Promise<void> => {
  const stopped = new Set<string>();
  const errors: unknown[] = [];
  for (const stack of deployment.stacks) {
    const { name } = stack;
    const started = performance.now();
    const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
    if (signal.aborted || stack.dependsOn.some((upstream) => stopped.has(upstream))) {
      stopped.add(name);
      results.push({ stack: name, result: 'skipped', seconds: 0 });
      continue;
    }
    try {
      const planned = await planToApply({ prompt, output }, deployment, stack);
      if (!('plan' in planned) || !planned.plan.hasChanges) {
        await afterwards(output, deployment, stack);
        results.push({ stack: name, result: 'unchanged', seconds: seconds() });
        continue;
      }
      const { plan } = planned;
      output.event(plansText([planned], output.style));
      await guardLoss({ output, prompt }, deployment.environment.name, planned, allowReplace);
      if (!(await prompt.confirm(`Apply this plan of ${name}?`))) {
        stopped.add(name);
        results.push({ stack: name, result: 'declined', counts: plan.counts, seconds: seconds() });
        continue;
      }
      await applyPlan(deployment, stack, output, `Apply ${name}`);
      await afterwards(output, deployment, stack);
      results.push({ stack: name, result: 'applied', counts: plan.counts, seconds: seconds() });
    } catch (error) {
      stopped.add(name);
      errors.push(error);
      const interruption = error instanceof PeachesError && error.kind === 'interrupted';
      const result = interruption ? 'interrupted' : 'failed';
      results.push({ stack: name, result, seconds: seconds(), error: messageOf(error) });
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw failed({
      code: 'STACKS_FAILED',
      message: `${errors.length} stacks failed:\n${errors.map((error) => `  ${messageOf(error)}`).join('\n')}`,
      hint: 'Mend what is named above and run the same command again: it goes on from what is there.',
      details: { results },
    });
  }
  if (results.some(({ result }) => result === 'declined')) {
    throw interrupted({
      code: 'DECLINED',
      message: 'You said no; what was not yet applied is as it was.',
      hint: 'Run the same command again to see the plan anew.',
      details: { results },
    });
  }
};

/** What Terraform can't do for a stack that stands; what was done already stays as it is. */
const afterwards = async (output: Output, deployment: Deployment, stack: SynthesizedStack): Promise<void> => {
  if (stack.name !== WAREHOUSE_STACK) return;
  await openWarehouse(output, deployment, await deployment.terraform(stack, () => undefined).outputs());
};

/** One line a stack: what became of it, how long it took. */
export const resultsText = (results: readonly StackResult[]): string =>
  tableOf(
    ['stack', 'result', 'added', 'changed', 'destroyed', 'seconds'],
    results.map(({ stack, result, counts, seconds }) => [
      stack,
      result,
      ...((result === 'applied' || result === 'destroyed') && counts !== undefined
        ? [counts.add, counts.change, counts.remove]
        : ['', '', '']),
      seconds.toFixed(1),
    ]),
    [2, 3, 4, 5],
  );
