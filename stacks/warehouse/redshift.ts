import type { Environment } from '../../config/environment.ts';
import { prefixOf } from '../../config/names.ts';
import {
  redshiftSettings,
  warehouseName,
  warehouseSecurityGroupName,
  warehouseServer,
} from '../../config/warehouse.ts';
import {
  RedshiftserverlessNamespace,
  RedshiftserverlessUsageLimit,
  RedshiftserverlessWorkgroup,
} from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { closedGroup } from '../constructs/closed-group.ts';
import { keepData } from '../environment-stack.ts';
import type { Foundation } from '../foundation.ts';
import { Snapshots } from './snapshots.ts';

/** Its password is made, kept and rotated by Redshift itself, in Secrets Manager. */
const ADMIN = 'peaches_admin';

/** All that a workgroup has: AWS reports them all, so that fewer would be a change in every plan. */
const PARAMETERS = {
  auto_mv: 'true',
  datestyle: 'ISO, MDY',
  enable_case_sensitive_identifier: 'false',
  enable_user_activity_logging: 'true',
  max_query_execution_time: '14400',
  query_group: 'default',
  require_ssl: 'true',
  search_path: '$user, public',
  use_fips_ssl: 'false',
};

interface RedshiftProps {
  readonly env: Environment;
  readonly foundation: Foundation;
  readonly copyRoleArn: string;
}

/**
 * Redshift Serverless that nobody reaches over the network: statements come through the Data API, what
 * COPY reads goes out through the VPC. When the month's hours are used up, queries are refused.
 */
export class Redshift extends Construct {
  /** What other stacks and commands must know of it. */
  readonly outputs: Readonly<Record<'workgroup_arn' | 'admin_secret_arn', string>>;

  constructor(scope: Construct, id: string, { env, foundation, copyRoleArn }: RedshiftProps) {
    super(scope, id);
    const { baseCapacity, monthlyRpuHours, snapshotDays } = redshiftSettings(env);
    const namespace = new RedshiftserverlessNamespace(this, 'namespace', {
      namespaceName: warehouseName(env),
      dbName: warehouseServer(env).database,
      adminUsername: ADMIN,
      manageAdminPassword: true,
      adminPasswordSecretKmsKeyId: foundation.dataKeyArn,
      kmsKeyId: foundation.dataKeyArn,
      iamRoles: [copyRoleArn],
      logExports: ['connectionlog', 'useractivitylog', 'userlog'],
      ...keepData(env),
    });
    const group = closedGroup(this, ['security-group', 'redshift_https'], {
      name: warehouseSecurityGroupName(env),
      vpcId: foundation.vpcId,
      of: `Warehouse of ${prefixOf(env)}`,
      to: 'AWS',
    });
    const workgroup = new RedshiftserverlessWorkgroup(this, 'workgroup', {
      workgroupName: warehouseName(env),
      namespaceName: namespace.namespaceName,
      baseCapacity,
      publiclyAccessible: false,
      enhancedVpcRouting: true,
      subnetIds: [...foundation.subnetIds],
      securityGroupIds: [group.id],
      configParameter: Object.entries(PARAMETERS).map(([parameterKey, parameterValue]) => ({
        parameterKey,
        parameterValue,
      })),
    });
    new RedshiftserverlessUsageLimit(this, 'limit', {
      resourceArn: workgroup.arn,
      usageType: 'serverless-compute',
      period: 'monthly',
      amount: monthlyRpuHours,
      breachAction: 'deactivate',
    });
    new Snapshots(this, 'snapshots', {
      env,
      namespaceArn: namespace.arn,
      operationsKeyArn: foundation.operationsKeyArn,
      days: snapshotDays,
    });
    this.outputs = {
      workgroup_arn: workgroup.arn,
      admin_secret_arn: namespace.adminPasswordSecretArn,
    };
  }
}
