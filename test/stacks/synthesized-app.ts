import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import type { AppJson } from '../../policies/rules/model.ts';
import { synthesize } from '../../stacks/synthesize.ts';
import { toy } from './toy-feed.ts';

/** The Terraform JSON of all stacks of an environment with the toy feed, by stack name. */
export const synthesizedApp = async (env: Environment): Promise<AppJson> => {
  const outdir = await mkdtemp(join(tmpdir(), 'app-'));
  try {
    const stacks = await synthesize(env, { outdir, feeds: [toy] });
    const read = async (folder: string) =>
      JSON.parse(await readFile(join(folder, 'cdk.tf.json'), 'utf8')) as object;
    return Object.fromEntries(
      await Promise.all(
        stacks.map(async ({ stackName, folder }) => [stackName, await read(folder)] as const),
      ),
    ) as AppJson;
  } finally {
    await rm(outdir, { recursive: true });
  }
};
