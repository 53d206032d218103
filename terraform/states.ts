import {
  GetObjectCommand,
  NoSuchBucket,
  paginateListObjectsV2,
  S3Client,
  type ListObjectsV2CommandInput,
} from '@aws-sdk/client-s3';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { stackName, stateBucketName, stateKey } from '../config/names.ts';
import { environmentFolder } from '../config/paths.ts';
import { clientSettings } from '../config/access.ts';
import { resourcesOf } from './state.ts';

type Scope = Pick<Environment, 'project' | 'name' | 'account' | 'region' | 'target'>;

/** Name of a state without what stands around the stack's; undefined for other files. */
const within = (name: string, pattern: string): string | undefined => {
  const [before = '', after = ''] = pattern.split('*');
  const stack = name.slice(before.length, -after.length);
  return name === `${before}${stack}${after}` && /^[a-z0-9-]+$/.test(stack) ? stack : undefined;
};

async function* localStates(env: Scope, root: string): AsyncGenerator<readonly [string, string]> {
  const folder = environmentFolder(root, env.name, 'state');
  for (const file of await readdir(folder).catch(() => [])) {
    const stack = within(basename(file), `${stackName(env, '*')}.tfstate`);
    if (stack !== undefined) yield [stack, await readFile(join(folder, file), 'utf8')];
  }
}

async function* remoteStates(
  env: Scope,
  environment: NodeJS.ProcessEnv,
): AsyncGenerator<readonly [string, string]> {
  const client = new S3Client(clientSettings({ region: env.region, environment }));
  const Bucket = stateBucketName(env);
  const pattern = stateKey(env, '*');
  const input: ListObjectsV2CommandInput = { Bucket, Prefix: pattern.slice(0, pattern.indexOf('*')) };
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, input)) {
      for (const { Key = '' } of Contents) {
        const stack = within(Key, pattern);
        if (stack === undefined) continue;
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        yield [stack, (await Body?.transformToString()) ?? ''];
      }
    }
  } catch (error) {
    if (!(error instanceof NoSuchBucket)) throw error;
  } finally {
    client.destroy();
  }
}

/**
 * The stacks of an environment that stand, by their states: also those that the configuration has no more.
 * @param root folder of the configuration
 * @param environment endpoint and credentials
 * @returns number of resources by stack; what is destroyed is not in it
 */
export const standingStacks = async (
  env: Scope,
  root: string,
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, number>> => {
  const standing = new Map<string, number>();
  const states = env.target === 'sandbox' ? localStates(env, root) : remoteStates(env, environment);
  for await (const [stack, state] of states) {
    const { length } = resourcesOf(state);
    if (length > 0) standing.set(stack, length);
  }
  return standing;
};
