import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FeedDeclaration } from '../etl/feed.ts';
import { feeds as register } from '../etl/feeds.ts';
import type { Environment } from '../config/environment.ts';
import { stackName } from '../config/names.ts';
import type { ImagePins } from '../config/pins.ts';
import { requireAvailableWarehouse } from '../config/warehouse.ts';
import { App } from './cdktf.ts';
import { FeedStack } from './feed.ts';
import { FOUNDATION, FoundationStack, HOST } from './foundation.ts';
import { HostStack } from './host/stack.ts';

export interface SynthesizeOptions {
  /** Folder that is written; `stacks/<stack>/cdk.tf.json` comes to lie in it. */
  readonly outdir: string;
  /** Images that task definitions run; absent: none is built yet. */
  readonly pins?: ImagePins;
  /** Absent: the register. */
  readonly feeds?: readonly FeedDeclaration[];
}

export interface SynthesizedStack {
  /** `foundation`, the feed's name, or `host`. */
  readonly name: string;
  /** The stack's name in Terraform and on disk. */
  readonly stackName: string;
  /** Where its `cdk.tf.json` lies and Terraform runs. */
  readonly folder: string;
  /** Names of stacks that must be applied before. */
  readonly dependsOn: readonly string[];
}

/**
 * Writes the Terraform JSON of an environment: the same environment and pins give the same bytes,
 * without network and without credentials.
 * @returns the stacks in the order in which they are applied
 * @throws WAREHOUSE_NOT_AVAILABLE, HOST_TOO_SMALL, TRIGGER_NOT_FOR_HOST
 */
export const synthesize = async (
  env: Environment,
  { outdir, pins = {}, feeds = register }: SynthesizeOptions,
): Promise<readonly SynthesizedStack[]> => {
  requireAvailableWarehouse(env);
  const selected = feeds.filter(({ name }) => Object.hasOwn(env.feeds, name));
  await mkdir(outdir, { recursive: true });
  const app = new App({ outdir, stackTraces: false });
  const foundation = new FoundationStack(app, env, selected);
  for (const feed of selected) new FeedStack(app, env, feed, pins).addDependency(foundation);
  if (env.compute === 'ec2') new HostStack(app, env, selected).addDependency(foundation);
  app.synth();
  const onHost = env.compute === 'ec2' ? [HOST] : [];
  return [FOUNDATION, ...selected.map(({ name }) => name), ...onHost].map((name) => ({
    name,
    stackName: stackName(env, name),
    folder: join(outdir, 'stacks', stackName(env, name)),
    dependsOn: name === FOUNDATION ? [] : [FOUNDATION],
  }));
};
