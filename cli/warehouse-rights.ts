import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import type { Environment } from '../config/environment.ts';
import { copyRoleArn, LOADER_ROLE, makesWarehouse, warehouseServer } from '../config/warehouse.ts';
import { RedshiftDataApi } from '../etl/runtime/redshift-data-api.ts';
import { createRole, findRole, grantStatements, type Loaders } from '../etl/runtime/redshift-rights.ts';
import { clientSettings } from '../config/access.ts';
import type { Deployment } from './deployment.ts';
import type { Output } from './output.ts';

const loadersOf = (environment: Environment): Loaders => ({
  role: LOADER_ROLE,
  database: warehouseServer(environment).database,
  copyRoleArn: copyRoleArn(environment),
});

/**
 * Gives the stages their rights in a warehouse of our own, as its administrator, whose password stays in
 * Secrets Manager: a database role that IAM roles carry as a tag. Done again, it changes nothing.
 * @param adminSecretArn where Redshift keeps the administrator's password
 * @throws WAREHOUSE_FAILED, WAREHOUSE_BUSY
 */
const grantLoaders = async (
  { environment, access }: Pick<Deployment, 'environment' | 'access'>,
  adminSecretArn: string,
): Promise<void> => {
  const client = new RedshiftDataClient(clientSettings({ region: environment.region, environment: access }));
  try {
    const target = { ...warehouseServer(environment), secretArn: adminSecretArn };
    const api = new RedshiftDataApi(target, client);
    const loaders = loadersOf(environment);
    if ((await api.query(findRole(loaders))).length === 0) await api.execute(createRole(loaders));
    for (const statement of grantStatements(loaders)) await api.execute(statement);
  } finally {
    client.destroy();
  }
};

/** What whoever owns a warehouse that was there does once, so that the stages may load. */
const ownersTask = (environment: Environment): string => {
  const loaders = loadersOf(environment);
  return [
    'The warehouse is not ours to change. Its owner attaches the role of COPY to it,',
    `  ${loaders.copyRoleArn}`,
    'and runs, as an administrator of the database:',
    ...[createRole(loaders), ...grantStatements(loaders)].map((statement) => `  ${statement};`),
  ].join('\n');
};

/**
 * Lets the stages into the warehouse that stands now.
 * @param outputs of the warehouse's stack
 */
export const openWarehouse = async (
  output: Output,
  deployment: Deployment,
  outputs: Readonly<Record<string, { readonly value: unknown }>>,
): Promise<void> => {
  const { environment } = deployment;
  if (!makesWarehouse(environment)) {
    output.event(ownersTask(environment));
    return;
  }
  await output.step('Rights in the warehouse', async (step) => {
    await grantLoaders(deployment, String(outputs['admin_secret_arn']?.value));
    step.note(`stages load as ${LOADER_ROLE}`);
  });
};
