import { execa } from 'execa';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRuns, type ApplyRun } from './journal.ts';

/** Terraforms whose driver was killed: they end their work by themselves and save their state. */

const POLL_MILLISECONDS = 250;

/** What `ps` says of a process, state first; empty when there is none, or only its exit status is left. */
const seen = async (pid: number): Promise<string> => {
  const { stdout, failed } = await execa('ps', ['-o', 'stat=,command=', '-p', String(pid)], {
    reject: false,
  });
  return failed || stdout.trim().startsWith('Z') ? '' : stdout.trim();
};

/** Whether the process of this host still is. */
export const isRunning = async (pid: number): Promise<boolean> => (await seen(pid)) !== '';

/** Whether the process still is, and still is a Terraform: ids of processes are used again. */
export const isTerraform = async (pid: number): Promise<boolean> => /terraform|tofu/i.test(await seen(pid));

const isOrphan = async ({ process: started }: ApplyRun): Promise<boolean> => {
  if (started?.driver === undefined || started.host !== hostname()) return false;
  return (await isTerraform(started.pid)) && !(await isRunning(started.driver));
};

/**
 * Waits until every Terraform of this host is done whose driver was killed. One whose driver lives is left alone:
 * its lock on the state says so.
 *
 * @param tell told once for each that is waited for
 */
export const outlastOrphans = async (
  journalFolder: string,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  for (const run of await openRuns(journalFolder)) {
    if (!(await isOrphan(run))) continue;
    const pid = run.process?.pid ?? 0;
    tell(`A Terraform of an earlier call (process ${pid}) still works: waiting until it ends.`);
    while (!signal.aborted && (await isTerraform(pid))) await sleep(POLL_MILLISECONDS);
  }
};
