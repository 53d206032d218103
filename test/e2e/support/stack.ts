import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sandboxEnvironment } from '../../../sandbox/environment.ts';
import { findTerraform } from '../../../terraform/find.ts';
import { withProviders } from '../../../terraform/providers.ts';
import { terraformFor, type Terraform, type TerraformOptions } from '../../../terraform/terraform.ts';

/** Resources by type and name, as in Terraform's JSON syntax. */
export type Resources = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** `count` parameters below a path, `param0`...: each is created within the second. */
export const parameters = (count: number, path: string): Resources => ({
  aws_ssm_parameter: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `param${index}`,
      { name: `${path}/${index}`, type: 'String', value: 'x' },
    ]),
  ),
});

/** Writes a stack in Terraform's JSON syntax. @param backend default: local state beside the stack */
export const writeStack = async (
  folder: string,
  resources: Resources,
  backend: object = { local: { path: join(folder, 'state', 'terraform.tfstate') } },
  provider: object = {},
): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const stack = {
    terraform: { backend, required_providers: { aws: { source: 'hashicorp/aws' } } },
    provider: { aws: { region: 'us-east-1', max_retries: 2, ...provider } },
    resource: resources,
  };
  await writeFile(join(folder, 'cdk.tf.json'), JSON.stringify(stack));
};

/** Terraform on a folder, against an emulator. */
export const terraformOn = async (
  endpoint: string,
  folder: string,
  options: Partial<TerraformOptions> = {},
): Promise<Terraform> => {
  const binary = await findTerraform();
  const environment = await withProviders({
    binary,
    environment: sandboxEnvironment(endpoint),
    folder: join(folder, '..', 'configuration'),
  });
  return terraformFor({
    binary,
    folder,
    environment,
    journalFolder: join(folder, '..', 'journal'),
    ...options,
  });
};
