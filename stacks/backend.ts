import { posix } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { stackName, stateBucketName, stateKey } from '../config/names.ts';
import {
  DataTerraformRemoteStateLocal,
  DataTerraformRemoteStateS3,
  LocalBackend,
  S3Backend,
  type TerraformRemoteState,
  type TerraformStack,
} from './cdktf.ts';

/**
 * Where the stacks of an environment keep their Terraform state: on AWS in the project's bucket with
 * native locks, for the emulator, which forgets everything, in files beside the configuration.
 */

/** Terraform runs in `cdktf.out/stacks/<stack>`, whoever starts it; from there to the work folder. */
const localPath = (env: Environment, stack: string): string =>
  posix.join('..', '..', '..', '.peaches', env.name, 'state', `${stackName(env, stack)}.tfstate`);

const location = (env: Environment, stack: string) => ({
  bucket: stateBucketName(env),
  key: stateKey(env, stack),
  region: env.region,
});

/** Gives the stack its backend. @param stack `foundation`, or a feed's name */
export const keepState = (scope: TerraformStack, env: Environment, stack: string): void => {
  if (env.target === 'sandbox') {
    new LocalBackend(scope, { path: localPath(env, stack) });
    return;
  }
  new S3Backend(scope, { ...location(env, stack), encrypt: true });
  scope.addOverride('terraform.backend.s3.use_lockfile', true);
};

/** Outputs of another stack of the environment, as they stand when Terraform runs. */
export const outputsOf = (scope: TerraformStack, env: Environment, stack: string): TerraformRemoteState =>
  env.target === 'sandbox'
    ? new DataTerraformRemoteStateLocal(scope, stack, { path: localPath(env, stack) })
    : new DataTerraformRemoteStateS3(scope, stack, location(env, stack));
