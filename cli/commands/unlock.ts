import { busy, refused } from '../../errors/errors.ts';
import { holderText } from '../../terraform/diagnostics.ts';
import { latestRuns } from '../../terraform/journal.ts';
import { holderOf, readLock, stackOf } from '../../terraform/state-lock.ts';
import { enterAccountToWrite } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { prepareDeployment } from '../deployment.ts';
import { openProject } from '../project.ts';
import { lockText } from '../recovering.ts';

/**
 * `unlock`: shows who holds a lock on a state and releases it after a question. A holder that works on this host
 * is never robbed; with `--yes` only one that is certainly dead.
 */
export const unlock = async (
  invocation: Invocation,
  _: object,
  names: readonly string[],
): Promise<Outcome> => {
  const { output, prompt, signal } = invocation;
  const project = await openProject(invocation);
  const deployment = await prepareDeployment(
    project,
    names,
    (await enterAccountToWrite(project)).environment,
    signal,
  );
  const released: string[] = [];
  for (const stack of deployment.stacks) {
    const lock = await readLock(stack.folder, deployment.access);
    if (lock === undefined) continue;
    const runs = await latestRuns(deployment.journalFolder, stackOf(stack.folder));
    const { state, pid } = await holderOf(lock, runs);
    output.event(lockText(lock));
    if (state === 'alive') {
      throw busy({
        code: 'LOCK_HOLDER_ALIVE',
        message: `Process ${pid ?? ''} on this host holds the lock on ${lock.path} and still works: ${holderText(lock)}.`,
        hint: 'Wait for it, or interrupt it: it then releases the lock itself.',
        details: { lock, pid },
      });
    }
    if (state === 'unknown' && prompt.mode === 'defaults') {
      throw refused({
        code: 'LOCK_HOLDER_UNKNOWN',
        message: `Whether ${lock.who} still works cannot be told from here, so --yes does not release ${lock.path}.`,
        hint: 'Ask them, then call `peaches unlock` without --yes.',
        details: { lock },
      });
    }
    const known = state === 'dead' ? 'Its process is gone.' : 'Whether it still works is not known.';
    if (!(await prompt.confirm(`${known} Release the lock on ${lock.path}?`))) continue;
    const terraform = deployment.terraform(stack, () => undefined);
    await terraform.init('kept');
    await terraform.forceUnlock(lock.id);
    released.push(lock.path);
  }
  return {
    document: { released },
    text: released.length === 0 ? 'No lock was released.' : `Released: ${released.join(', ')}`,
  };
};
