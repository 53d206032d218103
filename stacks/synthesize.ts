import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FeedDeclaration } from '../etl/feed.ts';
import { feeds as register } from '../etl/feeds.ts';
import type { Environment } from '../config/environment.ts';
import { stackName } from '../config/names.ts';
import type { ImagePins } from '../config/pins.ts';
import { WAREHOUSE_STACK } from '../config/warehouse.ts';
import { App } from './cdktf.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { FeedStack } from './feed.ts';
import { FOUNDATION, FoundationStack, HOST } from './foundation.ts';
import { HostStack } from './host/stack.ts';
import { WarehouseStack } from './warehouse/stack.ts';

export interface SynthesizeOptions {
  /** Folder that is written; `stacks/<stack>/cdk.tf.json` comes to lie in it. */
  readonly outdir: string;
  /** Images that task definitions run; absent: none is built yet. */
  readonly pins?: ImagePins;
  /** Absent: the register. */
  readonly feeds?: readonly FeedDeclaration[];
  /** Stacks that stand though the environment has them no more: nothing is left in them but their state. */
  readonly leftOver?: readonly string[];
}

export interface SynthesizedStack {
  /** `foundation`, `warehouse`, the feed's name, or `host`. */
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
 * @throws HOST_TOO_SMALL, TRIGGER_NOT_FOR_HOST
 */
export const synthesize = async (
  env: Environment,
  { outdir, pins = {}, feeds = register, leftOver = [] }: SynthesizeOptions,
): Promise<readonly SynthesizedStack[]> => {
  const selected = feeds.filter(({ name }) => Object.hasOwn(env.feeds, name));
  await mkdir(outdir, { recursive: true });
  const app = new App({ outdir, stackTraces: false });
  const foundation = new FoundationStack(app, env, selected);
  const warehouse = env.warehouse === 'none' ? [] : [new WarehouseStack(app, env)];
  for (const stack of warehouse) stack.addDependency(foundation);
  for (const feed of selected) {
    const stack = new FeedStack(app, env, feed, pins);
    for (const upstream of [foundation, ...warehouse]) stack.addDependency(upstream);
  }
  if (env.compute === 'ec2') new HostStack(app, env, selected).addDependency(foundation);
  for (const name of leftOver) new EnvironmentStack(app, env, name, name).addDependency(foundation);
  app.synth();
  const onHost = env.compute === 'ec2' ? [HOST] : [];
  const shared = [FOUNDATION, ...warehouse.map(() => WAREHOUSE_STACK)];
  const one = (name: string, dependsOn: readonly string[]): SynthesizedStack => ({
    name,
    stackName: stackName(env, name),
    folder: join(outdir, 'stacks', stackName(env, name)),
    dependsOn,
  });
  return [
    ...shared.map((name, index) => one(name, shared.slice(0, index))),
    ...selected.map(({ name }) => one(name, shared)),
    ...[...onHost, ...leftOver].map((name) => one(name, [FOUNDATION])),
  ];
};
