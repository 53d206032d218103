import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MILLISECONDS = 5_000;
const POLL_MILLISECONDS = 50;

const commandLine = async (pid: number): Promise<string> => {
  const fromProc = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (fromProc !== undefined) return fromProc.replaceAll('\0', ' ');
  const { stdout, failed } = await execa('ps', ['-o', 'command=', '-p', String(pid)], { reject: false });
  return failed ? '' : stdout;
};

/** Process ids are used again: only one whose command line names program and folder is the daemon. */
const isDaemon = async (pid: number, program: string, folder: string): Promise<boolean> => {
  const line = await commandLine(pid);
  return line.includes(program) && line.includes(folder);
};

/**
 * Ends a daemon's process if it is still there: asked first, then killed.
 *
 * @param program a word of its command line
 * @param folder the folder that the daemon was started for
 */
export const endProcess = async (pid: number, program: string, folder: string): Promise<void> => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isDaemon(pid, program, folder))) return;
    process.kill(pid, signal);
    const deadline = Date.now() + GRACE_MILLISECONDS;
    while (Date.now() < deadline && (await isDaemon(pid, program, folder))) await sleep(POLL_MILLISECONDS);
  }
};
