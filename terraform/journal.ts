import { appendFile, readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { eventOf, type TerraformEvent } from './events.ts';

/**
 * What a journal holds beside Terraform's own event stream: which process wrote it and how that ended. A
 * journal without an end is that of a run that was killed, or still goes on.
 */

const PROCESS = 'peaches_process';
const END = 'peaches_end';

/** @returns the line that names the process that writes the journal, and the one that started it: us */
export const processLine = (pid: number): string =>
  `${JSON.stringify({ type: PROCESS, pid, driver: process.pid, host: hostname(), at: new Date().toISOString() })}\n`;

/** @param exitCode null when a signal ended the process */
export const endLine = (exitCode: number | null): string => `\n${JSON.stringify({ type: END, exitCode })}\n`;

const processSchema = z.object({
  type: z.literal(PROCESS),
  pid: z.number(),
  driver: z.number().optional(),
  host: z.string(),
  at: z.string(),
});
const endSchema = z.object({ type: z.literal(END), exitCode: z.number().nullable() });

/** One apply, as its journal tells it. */
export interface ApplyRun {
  readonly file: string;
  readonly process?: Omit<z.infer<typeof processSchema>, 'type'>;
  /** Absent: killed together with us, or still going on. Null: ended by a signal. */
  readonly exitCode?: number | null;
  readonly events: readonly TerraformEvent[];
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const runOf = (stack: string, file: string, text: string): ApplyRun => {
  const lines = text.split('\n');
  const own = lines.filter((line) => line.includes('"peaches_')).map(parsed);
  const [started] = own.flatMap((line) => processSchema.safeParse(line).data ?? []);
  const ended = own.flatMap((line) => endSchema.safeParse(line).data ?? []).at(-1);
  return {
    file,
    ...(started === undefined ? {} : { process: started }),
    ...(ended === undefined ? {} : { exitCode: ended.exitCode }),
    events: lines.flatMap((line) => eventOf(stack, line) ?? []),
  };
};

const isJournal = (stack: string, name: string, verb: string): boolean =>
  name.startsWith(`${stack}-`) &&
  new RegExp(`^\\d{8}T[\\d.]+Z-${verb}-\\w+\\.jsonl$`).test(name.slice(stack.length + 1));

/** Runs of a stack, the newest first. @param verb `apply`, or a pattern */
async function* runsOf(journalFolder: string, stack: string, verb: string): AsyncGenerator<ApplyRun> {
  const names = await readdir(journalFolder).catch(() => []);
  for (const name of names
    .filter((one) => isJournal(stack, one, verb))
    .sort()
    .reverse()) {
    const file = join(journalFolder, name);
    yield runOf(stack, file, await readFile(file, 'utf8'));
  }
}

/** So many of the last runs may hold a lock. */
const LATEST = 50;

/** The last runs of a stack, whatever they did, oldest first. */
export const latestRuns = async (journalFolder: string, stack: string): Promise<readonly ApplyRun[]> => {
  const runs: ApplyRun[] = [];
  for await (const run of runsOf(journalFolder, stack, '\\w+')) {
    runs.unshift(run);
    if (runs.length === LATEST) break;
  }
  return runs;
};

/** The last runs of all stacks of which nobody has seen the end. */
export const openRuns = async (journalFolder: string): Promise<readonly ApplyRun[]> => {
  const names = await readdir(journalFolder).catch(() => []);
  const runs: ApplyRun[] = [];
  for (const { name, stack } of names
    .flatMap((one) => {
      const [, stack, at] = /^(.+)-(\d{8}T[\d.]+Z)-\w+-\w+\.jsonl$/.exec(one) ?? [];
      return stack === undefined || at === undefined ? [] : [{ name: one, stack, at }];
    })
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .slice(-LATEST)) {
    const file = join(journalFolder, name);
    const run = runOf(stack, file, await readFile(file, 'utf8'));
    if (run.exitCode === undefined) runs.push(run);
  }
  return runs;
};

/** Whether Terraform came to its own end, and so saved what it knew. */
export const isEnded = ({ exitCode }: ApplyRun): boolean => typeof exitCode === 'number';

/**
 * The applies of a stack since the last that succeeded, oldest first; empty when Terraform itself ended each
 * of them, because then the state knows all that was made.
 */
export const brokenRuns = async (journalFolder: string, stack: string): Promise<readonly ApplyRun[]> => {
  const runs: ApplyRun[] = [];
  for await (const run of runsOf(journalFolder, stack, 'apply')) {
    if (run.exitCode === 0) break;
    runs.unshift(run);
  }
  return runs.every(isEnded) ? [] : runs;
};

/** Marks runs as settled: what they made is in the state. */
export const settle = async (runs: readonly ApplyRun[]): Promise<void> => {
  for (const { file } of runs) await appendFile(file, endLine(0));
};
