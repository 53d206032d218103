import type { SynthesizedStack } from '../stacks/synthesize.ts';
import { holderText, lockedError } from '../terraform/diagnostics.ts';
import type { StateLock } from '../terraform/diagnostics.ts';
import { brokenRuns, latestRuns, settle } from '../terraform/journal.ts';
import type { ApplyRun } from '../terraform/journal.ts';
import { clearImports, planRecovery } from '../terraform/recovery.ts';
import type { Recovery } from '../terraform/recovery.ts';
import { holderOf, readLock, stackOf } from '../terraform/state-lock.ts';
import type { Terraform } from '../terraform/terraform.ts';
import type { Invocation } from './command.ts';
import type { Deployment } from './deployment.ts';
import type { Output } from './output.ts';
import { planStack, withLosses } from './planning.ts';
import { countsText } from './views/plan.ts';
import type { StackPlan } from './views/plan.ts';

/** Which state, who holds it, doing what, since when and for how long. */
export const lockText = (lock: StateLock): string =>
  `${lock.path}: held by ${holderText(lock)}, since ${lock.created ?? 'an unknown time'}, lock ${lock.id}`;

/**
 * Releases the lock of a Terraform of this host that is gone, after a question.
 * @throws STATE_LOCKED when its holder works, or may work
 */
const releaseDeadLock = async (
  { prompt, output }: Pick<Invocation, 'prompt' | 'output'>,
  deployment: Deployment,
  stack: SynthesizedStack,
): Promise<void> => {
  const lock = await readLock(stack.folder, deployment.access);
  if (lock === undefined) return;
  const runs = await latestRuns(deployment.journalFolder, stackOf(stack.folder));
  const holder = await holderOf(lock, runs);
  if (holder.state !== 'dead') throw lockedError(stack.name, lock);
  output.event(lockText(lock));
  const question = `Process ${holder.pid ?? ''}, which took this lock, is gone. Release it?`;
  if (!(await prompt.confirm(question))) throw lockedError(stack.name, lock);
  await deployment.terraform(stack, () => undefined).forceUnlock(lock.id);
};

const brokenRunsOf = async (
  invocation: Pick<Invocation, 'prompt' | 'output'>,
  deployment: Deployment,
  stack: SynthesizedStack,
): Promise<readonly ApplyRun[]> => {
  await clearImports(stack.folder);
  if (deployment.environment.target === 'aws') {
    await deployment.terraform(stack, () => undefined).init();
    await releaseDeadLock(invocation, deployment, stack);
  }
  return await brokenRuns(deployment.journalFolder, stackOf(stack.folder));
};

/**
 * Plans a stack. When an apply of it was killed, its lock is released and the plan takes back what it made and
 * the state does not know.
 * @throws STATE_LOCKED
 */
export const planToApply = async (
  invocation: Pick<Invocation, 'prompt' | 'output'>,
  deployment: Deployment,
  stack: SynthesizedStack,
): Promise<StackPlan> => {
  const { output } = invocation;
  const runs = await brokenRunsOf(invocation, deployment, stack);
  if (runs.length === 0) return await planStack(deployment, stack, output);
  const plan = await recover(deployment, stack, output, runs, ({ plan: planned }) =>
    Promise.resolve(planned),
  );
  if (!plan.hasChanges) await settle(runs);
  return await withLosses(deployment, stack, plan);
};

/**
 * Takes back into the state what a killed apply made, and nothing else, so that all of it can be destroyed.
 * @throws STATE_LOCKED
 */
export const takeBack = async (
  invocation: Pick<Invocation, 'prompt' | 'output'>,
  deployment: Deployment,
  stack: SynthesizedStack,
): Promise<void> => {
  const runs = await brokenRunsOf(invocation, deployment, stack);
  if (runs.length === 0) return;
  await recover(deployment, stack, invocation.output, runs, async ({ takenBack }, terraform) => {
    if (takenBack.length === 0) return;
    const out = deployment.planFile(stack);
    await terraform.plan({ out, targets: takenBack });
    await terraform.apply(out);
  });
  await settle(runs);
};

const recover = async <T>(
  deployment: Deployment,
  stack: SynthesizedStack,
  output: Output,
  runs: readonly ApplyRun[],
  then: (recovery: Recovery, terraform: Terraform) => Promise<T>,
): Promise<T> =>
  await output.step(`Recover ${stack.name}`, async (step) => {
    step.note('an apply was killed: looking for what it made');
    const terraform = deployment.terraform(stack, () => undefined);
    await terraform.init();
    try {
      const recovery = await planRecovery({
        terraform,
        folder: stack.folder,
        scope: deployment.environment,
        environment: deployment.access,
        runs,
        planFile: deployment.planFile(stack),
        onNote: (line) => step.note(line),
      });
      step.note(countsText(recovery.plan.counts));
      return await then(recovery, terraform);
    } finally {
      await clearImports(stack.folder);
    }
  });
