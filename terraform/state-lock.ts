import { GetObjectCommand, NoSuchBucket, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { clientSettings } from '../config/access.ts';
import type { StateLock } from './diagnostics.ts';
import type { ApplyRun } from './journal.ts';
import { isTerraform } from './orphans.ts';

/** Locks of states in S3, which outlive a holder that was killed; those of local files do not. */

const stackSchema = z.object({
  terraform: z.object({
    backend: z.object({
      s3: z.object({ bucket: z.string(), key: z.string(), region: z.string() }).optional(),
    }),
  }),
});

/** What Terraform writes into the lock file. */
const lockSchema = z.object({
  ID: z.string(),
  Operation: z.string(),
  Who: z.string(),
  Created: z.string(),
  Path: z.string(),
});

/**
 * @param folder the synthesized stack
 * @param environment endpoint and credentials
 * @returns the lock on the stack's state, if there is one
 */
export const readLock = async (
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<StateLock | undefined> => {
  const { terraform } = stackSchema.parse(JSON.parse(await readFile(join(folder, 'cdk.tf.json'), 'utf8')));
  const { s3 } = terraform.backend;
  if (s3 === undefined) return undefined;
  const client = new S3Client(clientSettings({ region: s3.region, environment }));
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: `${s3.key}.tflock` }));
    const lock = lockSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
    return {
      id: lock.ID,
      path: lock.Path,
      operation: lock.Operation.replace('OperationType', '').toLowerCase(),
      who: lock.Who,
      created: lock.Created,
    };
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NoSuchBucket) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
};

/** Terraform takes its lock within this time after it was started. */
const LOCKING_SECONDS = 120;

/**
 * Whether the one who holds the lock still works.
 *
 * @param runs applies of the stack, from their journals
 * @returns `alive` or `dead` only when it is certain, that is when the lock is that of one of the runs, whose
 * process was on this host
 */
export const holderOf = async (
  lock: StateLock,
  runs: readonly ApplyRun[],
): Promise<{ readonly state: 'alive' | 'dead' | 'unknown'; readonly pid?: number }> => {
  const created = Date.parse(lock.created ?? '');
  const host = lock.who.slice(lock.who.lastIndexOf('@') + 1);
  const taken = runs.findLast(({ process }) => {
    const seconds = (created - Date.parse(process?.at ?? '')) / 1000;
    return process?.host === host && seconds > -1 && seconds < LOCKING_SECONDS;
  })?.process;
  if (taken === undefined || host !== hostname()) return { state: 'unknown' };
  return { state: (await isTerraform(taken.pid)) ? 'alive' : 'dead', pid: taken.pid };
};

/** The stack that a synthesized folder is of, as journals name it. */
export const stackOf = (folder: string): string => basename(folder);
