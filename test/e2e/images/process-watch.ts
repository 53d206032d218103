import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MILLISECONDS = 3;

export interface Watched {
  /** How many processes began while it watched. */
  readonly processes: number;
  /** Command lines of those that told a secret in their arguments or environment. */
  readonly telling: readonly string[];
}

const processes = async (): Promise<readonly string[]> =>
  (await readdir('/proc')).filter((name) => /^\d+$/.test(name));

const readOf = (pid: string, file: string): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');

/** Looks again and again at the arguments and environments of all processes that begin. */
export const watchProcesses = (secrets: readonly string[]): { stop(): Promise<Watched> } => {
  const begun = new Set<string>();
  const telling = new Set<string>();
  const watching = new AbortController();
  const watch = async (): Promise<void> => {
    const before = new Set(await processes());
    while (!watching.signal.aborted) {
      for (const pid of await processes()) {
        if (before.has(pid)) continue;
        begun.add(pid);
        const line = await readOf(pid, 'cmdline');
        const text = line + (await readOf(pid, 'environ'));
        if (secrets.some((secret) => text.includes(secret))) telling.add(line.replaceAll('\0', ' '));
      }
      await sleep(PAUSE_MILLISECONDS);
    }
  };
  const watched = watch();
  return {
    async stop() {
      watching.abort();
      await watched;
      return { processes: begun.size, telling: [...telling] };
    },
  };
};
