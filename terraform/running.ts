import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Set<ChildProcess>();

const GRACE_MILLISECONDS = 3_000;
const POLL_MILLISECONDS = 50;

/** Remembers a Terraform process for as long as it runs. */
export const track = (child: ChildProcess): void => {
  running.add(child);
  const forget = (): void => void running.delete(child);
  child.once('exit', forget).once('error', forget);
};

/** Ends every Terraform that this process started: by a second signal, and killed when that does not help. */
export const stopAll = async (): Promise<void> => {
  for (const child of running) child.kill('SIGINT');
  const deadline = Date.now() + GRACE_MILLISECONDS;
  while (running.size > 0 && Date.now() < deadline) await sleep(POLL_MILLISECONDS);
  for (const child of running) child.kill('SIGKILL');
};
