import { resolve } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { loadConfig, resolveEnvironment } from '../config/load.ts';
import { feeds } from '../etl/feeds.ts';
import type { GlobalFlags, Invocation } from './command.ts';

/** The configuration's folder and the environment that is meant. */
export interface Project {
  readonly root: string;
  readonly environment: Environment;
}

/** @throws CONFIG_NOT_FOUND, CONFIG_INVALID, ENVIRONMENT_UNKNOWN, ENVIRONMENT_NOT_CHOSEN */
export const openProject = async ({
  cwd,
  config: file,
  env,
  target,
}: Pick<Invocation, 'cwd'> & Pick<GlobalFlags, 'config' | 'env' | 'target'>): Promise<Project> => {
  const config = await loadConfig(resolve(cwd, file), feeds);
  const environment = resolveEnvironment(config, { env, target });
  return { root: config.root, environment };
};
