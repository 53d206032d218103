import { linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { busy } from '../../errors/errors.ts';
import { fromFileName, hasEnded, thisProcess, toFileName } from './process-identity.ts';

/**
 * Mutual exclusion between processes on one machine. The lock is a file made by link(2), which
 * succeeds for one process only; it names its holder. A holder that was killed is found out by its
 * process number and start time, and its lock is taken away.
 */

const WAIT_MS = 2;
const GIVE_UP_MS = 30_000;

let sequence = 0;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const removeIfThere = (path: string): void => {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
};

/**
 * The calls of a lock take microseconds; a trip of each through the thread pool would take ten times that.
 * @returns whether this process now holds the lock
 */
const tryLock = (lock: string): boolean => {
  const mine = `${lock}~${process.pid}~${(sequence += 1)}`;
  writeFileSync(mine, toFileName(thisProcess()));
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    removeIfThere(mine);
  }
};

const heldByTheDead = async (lock: string): Promise<boolean> => {
  const text = await readFile(lock, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  const holder = fromFileName(text);
  return holder !== undefined && hasEnded(holder);
};

/**
 * Takes a dead holder's lock away. Only who holds `<lock>.steal` may do so, and looks again first:
 * otherwise two could see the same dead holder, and the slower would remove the faster one's lock.
 */
const steal = async (lock: string): Promise<void> => {
  const gate = `${lock}.steal`;
  if (!tryLock(gate)) {
    if (await heldByTheDead(gate)) removeIfThere(gate);
    return;
  }
  try {
    if (await heldByTheDead(lock)) removeIfThere(lock);
  } finally {
    removeIfThere(gate);
  }
};

/** Takes away what killed processes left in a folder of locks: first what stands in the way of stealing. */
export const releaseAbandonedLocks = async (folder: string): Promise<void> => {
  const isLock = (name: string): boolean => /^[^~.]+$/.test(name);
  const names = await readdir(folder);
  for (const name of [...names.filter((each) => !isLock(each)), ...names.filter(isLock)]) {
    const path = join(folder, name);
    if (!(await heldByTheDead(path))) continue;
    if (isLock(name)) await steal(path);
    else removeIfThere(path);
  }
};

/**
 * Runs `work` while no other process or call does so under the same lock.
 * @param lock path of the lock file; its folder exists
 * @throws LOCK_BUSY when a living holder keeps it for 30 seconds
 */
export const withFileLock = async <T>(lock: string, work: () => Promise<T>): Promise<T> => {
  const patience = performance.now() + GIVE_UP_MS;
  while (!tryLock(lock)) {
    if (await heldByTheDead(lock)) {
      await steal(lock);
      continue;
    }
    if (performance.now() > patience) {
      throw busy({
        code: 'LOCK_BUSY',
        message: `The lock ${lock} has been held by another process for ${GIVE_UP_MS / 1000} seconds.`,
        hint: 'Wait for the other run to end, then try again.',
        details: { lock },
      });
    }
    await sleep(WAIT_MS);
  }
  try {
    return await work();
  } finally {
    removeIfThere(lock);
  }
};
