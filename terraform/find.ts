import { execa } from 'execa';
import { missing } from '../errors/errors.ts';

/** A Terraform (or OpenTofu) that is new enough to drive. */
export interface TerraformBinary {
  /** Name on PATH or path, as it is called. */
  readonly command: string;
  readonly tool: 'terraform' | 'tofu';
  /** `1.11.4` */
  readonly version: string;
}

/** First version with native lock files in the S3 backend. */
const OLDEST = [1, 10] as const;

const INSTALL =
  'Install Terraform 1.10 or newer (https://developer.hashicorp.com/terraform/install) or OpenTofu 1.10 or newer ' +
  '(https://opentofu.org/docs/intro/install), or set PEACHES_TERRAFORM to its path.';

const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
};

/** `Terraform v1.11.4` or `OpenTofu v1.10.6`, first line of `version`. */
const VERSION_LINE = /^(Terraform|OpenTofu) v(\d+\.\d+\.\d+\S*)/m;

const probe = async (
  command: string,
  environment: NodeJS.ProcessEnv,
): Promise<TerraformBinary | undefined> => {
  const { stdout, failed } = await execa(command, ['version'], {
    env: { ...environment, CHECKPOINT_DISABLE: '1' },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 60_000,
  });
  const [, name, version] = VERSION_LINE.exec(failed ? '' : stdout) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return { command, tool: name === 'OpenTofu' ? 'tofu' : 'terraform', version };
};

/**
 * @param environment where PATH and PEACHES_TERRAFORM are looked up
 * @returns the first of PEACHES_TERRAFORM (alone when set), `terraform`, `tofu` that is new enough
 * @throws PeachesError TERRAFORM_MISSING, TERRAFORM_TOO_OLD
 */
export const findTerraform = async (
  environment: NodeJS.ProcessEnv = process.env,
): Promise<TerraformBinary> => {
  const chosen = environment['PEACHES_TERRAFORM'];
  const tooOld: TerraformBinary[] = [];
  for (const command of chosen ? [chosen] : ['terraform', 'tofu']) {
    const found = await probe(command, environment);
    if (found !== undefined && isNewEnough(found.version)) return found;
    if (found !== undefined) tooOld.push(found);
  }
  const [old] = tooOld;
  if (old !== undefined) {
    throw missing({
      code: 'TERRAFORM_TOO_OLD',
      message: `${old.command} is version ${old.version}, but ${OLDEST.join('.')} or newer is needed.`,
      hint: INSTALL,
      details: { command: old.command, version: old.version },
    });
  }
  throw missing({
    code: 'TERRAFORM_MISSING',
    message: chosen
      ? `PEACHES_TERRAFORM names ${chosen}, which does not answer as Terraform or OpenTofu.`
      : 'Neither terraform nor tofu is on PATH.',
    hint: INSTALL,
  });
};
