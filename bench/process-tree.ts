import { execa } from 'execa';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { failed } from '../errors/errors.ts';

/** What one run of a program took. */
export interface Measurement {
  readonly seconds: number;
  /** Of the program and all its children, user and system. */
  readonly cpuSeconds: number;
  /** Highest sum of the resident memory of all processes seen at one moment; shared pages count in each. */
  readonly peakMiB: number;
  /** Share of the machine's cores, 0 to 1, that others used meanwhile. */
  readonly foreignLoad: number;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

const SAMPLE_MS = 20;
const TICKS_PER_SECOND = 100;
const PAGE = 4096;
const MIB = 1 << 20;

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const childrenOf = (pid: number): readonly number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
};

const treeOf = (pid: number): readonly number[] => [pid, ...childrenOf(pid).flatMap(treeOf)];

/** Resident bytes of one process. */
const residentOf = (pid: number): number => Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * PAGE;

/** Seconds of one process and of its children that have ended (fields 14 to 17 of proc(5) stat). */
const cpuOf = (pid: number): number => {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
};

/** Seconds that all cores together were busy since the machine started. */
const machineBusy = (): number => {
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0] = read('/proc/stat')
    .slice(0, 200)
    .split(/\s+/)
    .slice(1, 8)
    .map(Number);
  return (user + nice + system + irq + soft) / TICKS_PER_SECOND;
};

const ownCpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/**
 * Runs a program to its end and samples it and its children every 20 ms from /proc.
 * @param log file that gets what it prints
 * @throws BENCH_RUN_FAILED
 */
export const measure = async ({ file, args }: Command, cwd: string, log: string): Promise<Measurement> => {
  let cpuSeconds = 0;
  let peak = 0;
  const before = { busy: machineBusy(), own: ownCpu() };
  const start = performance.now();
  const child = execa(file, args, {
    ...{ cwd, reject: false, stdin: 'ignore', stdout: { file: log }, stderr: { file: log } },
    env: { NO_COLOR: '1' },
  });
  const { pid } = child;
  const sample = (): void => {
    if (pid === undefined) return;
    const tree = treeOf(pid);
    peak = Math.max(
      peak,
      tree.reduce((sum, process) => sum + residentOf(process), 0),
    );
    cpuSeconds = Math.max(
      cpuSeconds,
      tree.reduce((sum, process) => sum + cpuOf(process), 0),
    );
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const { exitCode } = await child;
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  if (exitCode !== 0) {
    throw failed({
      code: 'BENCH_RUN_FAILED',
      message: `${file} ${args[0] ?? ''} ended with status ${exitCode ?? 'none'}.`,
      hint: 'See the log for what it printed.',
      details: { log },
    });
  }
  const foreign = machineBusy() - before.busy - cpuSeconds - (ownCpu() - before.own);
  return {
    ...{ seconds, cpuSeconds, peakMiB: peak / MIB },
    foreignLoad: Math.max(0, foreign / seconds / availableParallelism()),
  };
};
