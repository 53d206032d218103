import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told apart from later ones with the same number. */
export interface ProcessIdentity {
  /** Host name and process id namespace: numbers of two containers on one host mean different processes. */
  readonly host: string;
  readonly pid: number;
  /** Start time in clock ticks since boot; empty where the system does not tell it. */
  readonly started: string;
}

const pidNamespace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/gu, '');
  } catch {
    return '0';
  }
};

/** Field 22 of `/proc/<pid>/stat`, counted after the command's name, which may hold blanks. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

const here = `${hostname()}-${pidNamespace()}`;
const me: ProcessIdentity = { host: here, pid: process.pid, started: startOf(process.pid) };

/** This process. */
export const thisProcess = (): ProcessIdentity => me;

/** Whether a process is known to have ended. Of a process on another host nothing is known: false. */
export const hasEnded = (process_: ProcessIdentity): boolean => {
  if (process_.host !== here) return false;
  try {
    process.kill(process_.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return startOf(process_.pid) !== process_.started;
};

/** As part of a file's name: `<host>~<pid>~<started>`. */
export const toFileName = (process_: ProcessIdentity): string =>
  [process_.host, process_.pid, process_.started].join('~');

/** The process that a file's name begins with. @returns undefined when it is not such a name */
export const fromFileName = (name: string): ProcessIdentity | undefined => {
  const [host, pid, started] = name.split('~');
  return host === undefined || pid === undefined || started === undefined || !/^\d+$/u.test(pid)
    ? undefined
    : { host, pid: Number(pid), started };
};
