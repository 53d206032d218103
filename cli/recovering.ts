import type { SynthesizedStack } from '../stacks/synthesize.ts';
import { lockedError } from '../terraform/diagnostics.ts';
import type { StateLock } from '../terraform/diagnostics.ts';
import { brokenRuns, latestRuns, settle } from '../terraform/journal.ts';
import { clearImports, planRecovery } from '../terraform/recovery.ts';
import { holderOf, readLock, stackOf } from '../terraform/state-lock.ts';
import type { Invocation } from './command.ts';
import type { Deployment } from './deployment.ts';
import type { Output } from './output.ts';
import { planStack } from './planning.ts';
import { countsText } from './views/plan.ts';
import type { StackPlan } from './views/plan.ts';

/** `2026-11-22T03:24:25Z` and how long ago. */
export const lockText = ({ who, operation, created, path, id }: StateLock): string =>
  `${path}: held by ${who} (${operation}) since ${created ?? 'an unknown time'}, lock ${id}`;

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
  await clearImports(stack.folder);
  if (deployment.environment.target === 'aws') {
    await deployment.terraform(stack, () => undefined).init();
    await releaseDeadLock(invocation, deployment, stack);
  }
  const runs = await brokenRuns(deployment.journalFolder, stackOf(stack.folder));
  if (runs.length === 0) return await planStack(deployment, stack, output, new Set());
  const plan = await recover(deployment, stack, output, runs);
  if (!plan.hasChanges) await settle(runs);
  return { stack: stack.name, plan };
};

const recover = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  output: Output,
  runs: Awaited<ReturnType<typeof brokenRuns>>,
) =>
  await output.step(`Recover ${stack.name}`, async (step) => {
    step.note('an apply was killed: looking for what it made');
    const terraform = deployment.terraform(stack, () => undefined);
    await terraform.init();
    try {
      const plan = await planRecovery({
        terraform,
        folder: stack.folder,
        scope: deployment.environment,
        environment: deployment.access,
        runs,
        planFile: deployment.planFile(stack),
        onNote: (line) => step.note(line),
      });
      step.note(countsText(plan.counts));
      return plan;
    } finally {
      await clearImports(stack.folder);
    }
  });
