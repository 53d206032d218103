import type { Environment } from '../../config/environment.ts';
import { arnOf, bucketArn, bucketName } from '../../config/names.ts';
import {
  COPY,
  makesWarehouse,
  redshiftSettings,
  warehouseServer,
  WAREHOUSE_BUCKET,
  WAREHOUSE_EXPIRY,
  WAREHOUSE_STACK,
} from '../../config/warehouse.ts';
import { copyPolicy, copyTrustPolicy } from '../../policies/warehouse.ts';
import { DataAwsRedshiftserverlessWorkgroup } from '../aws.ts';
import { outputsOf } from '../backend.ts';
import { TerraformOutput, type Construct, type TerraformStack } from '../cdktf.ts';
import { BoundedRole } from '../constructs/bounded-role.ts';
import { isExisting, PrivateBucket } from '../constructs/private-bucket.ts';
import { EnvironmentStack } from '../environment-stack.ts';
import { foundationOf } from '../foundation.ts';
import { Catalog } from './catalog.ts';
import { Redshift } from './redshift.ts';

/** ARN of the workgroup that stages load into, from the state of the warehouse. */
export const workgroupArnOf = (scope: TerraformStack, env: Environment): string =>
  outputsOf(scope, env, WAREHOUSE_STACK).getString('workgroup_arn');

/**
 * Where the feeds' tables are: Redshift Serverless of our own or one that was there, the bucket and the
 * role by which COPY loads it, and a catalog for queries over objects.
 */
export class WarehouseStack extends EnvironmentStack {
  constructor(scope: Construct, env: Environment) {
    super(scope, env, WAREHOUSE_STACK, 'shared');
    const foundation = foundationOf(this, env);
    const { dataKeyArn } = foundation;
    if (!isExisting(env, WAREHOUSE_BUCKET)) {
      new PrivateBucket(this, 'bucket', {
        env,
        alias: WAREHOUSE_BUCKET,
        dataKeyArn,
        expireDays: WAREHOUSE_EXPIRY,
      });
    }
    const copy = new BoundedRole(this, 'copy', {
      env,
      purpose: COPY,
      description: 'Reads staged loads for COPY',
      trust: copyTrustPolicy(env),
      policy: copyPolicy(env, { bucketArn: bucketArn(env, bucketName(env, WAREHOUSE_BUCKET)), dataKeyArn }),
    });
    const outputs = makesWarehouse(env)
      ? new Redshift(this, 'redshift', { env, foundation, copyRoleArn: copy.role.arn }).outputs
      : { workgroup_arn: this.existing() };
    for (const [name, value] of Object.entries(outputs)) new TerraformOutput(this, name, { value });
    new Catalog(this, 'catalog', {
      env,
      dataKeyArn,
      scanBytes: redshiftSettings(env).athenaScanGiB * 2 ** 30,
    });
  }

  /** Read, not managed: its ARN where it is Serverless, and the cluster's own otherwise. */
  private existing(): string {
    const { server } = warehouseServer(this.env);
    return 'cluster' in server
      ? arnOf(this.env, 'redshift', `cluster:${server.cluster}`)
      : new DataAwsRedshiftserverlessWorkgroup(this, 'existing', { workgroupName: server.workgroup }).arn;
  }
}
