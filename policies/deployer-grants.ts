import type { Environment } from '../config/environment.ts';
import {
  arnOf,
  boundaryArn,
  bucketArn,
  bucketName,
  bucketNamePattern,
  clusterName,
  prefixOf,
  runnerSecretName,
} from '../config/names.ts';
import { glueDatabaseName } from '../config/warehouse.ts';
import { OPERATIONS } from '../etl/feed.ts';
import type { Statement } from './document.ts';
import { HOST_UNITS } from './host.ts';

/**
 * What Terraform does to make, read, change and remove a resource of each type, from AWS's service
 * authorization reference and the provider's calls.
 */

/** What the synthesized stacks hold, as far as the deployer's rights follow from it. */
export interface Deployed {
  /** Types of resources and data sources, `aws_sqs_queue`, `data.aws_availability_zones`. */
  readonly types: readonly string[];
  /** Names of the roles. */
  readonly roleNames: readonly string[];
  /** Names of the log groups whose events are delivered. */
  readonly deliveredLogGroups: readonly string[];
}

/** Actions that a type needs, and on what. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: (env: Environment, deployed: Deployed) => string | readonly string[];
  readonly condition?: (env: Environment) => NonNullable<Statement['Condition']>;
}

const on =
  (service: string, ...resources: readonly string[]) =>
  (env: Environment): string[] =>
    resources.map((resource) => arnOf(env, service, resource.replaceAll('@', prefixOf(env))));

/** Log groups of services, which carry names of their own. */
const delivered = (env: Environment, { deliveredLogGroups }: Deployed): string[] =>
  deliveredLogGroups.map((name) => arnOf(env, 'logs', `log-group:${name}`));

const anything = (): string => '*';

const grant = (
  service: string,
  verbs: string,
  resources: Grant['resources'],
  condition?: Grant['condition'],
): Grant => ({
  actions: verbs.split(' ').map((verb) => `${service}:${verb}`),
  resources,
  ...(condition === undefined ? {} : { condition }),
});

const bounded = (env: Environment) => ({
  StringEquals: { 'iam:PermissionsBoundary': boundaryArn(env) },
});

/** EC2 gives ids of its own choosing; what is ours is told by its tags. */
const made = (env: Environment) => ({
  StringEquals: { 'aws:RequestTag/project': env.project, 'aws:RequestTag/environment': env.name },
});
const tagged = (env: Environment) => ({
  StringEquals: { 'aws:ResourceTag/project': env.project, 'aws:ResourceTag/environment': env.name },
});
const ec2Resource = (env: Environment): string[] => [arnOf(env, 'ec2', '*/*')];

const ec2 = (make: string, change: string, read: string): readonly Grant[] => [
  ...(make === '' ? [] : [grant('ec2', `${make} CreateTags`, ec2Resource, made)]),
  ...(change === '' ? [] : [grant('ec2', `${change} CreateTags DeleteTags`, ec2Resource, tagged)]),
  grant('ec2', read, anything),
];

/** Redshift Serverless gives ids of its own choosing as well. */
const serverless = (kind: string, make: string, change: string): readonly Grant[] => [
  grant('redshift-serverless', `${make} TagResource`, on('redshift-serverless', `${kind}/*`), made),
  grant(
    'redshift-serverless',
    `${change} TagResource UntagResource ListTagsForResource`,
    on('redshift-serverless', `${kind}/*`),
    tagged,
  ),
];

const glueResource = (env: Environment, kind: string): string =>
  `${kind}/${glueDatabaseName(env)}${kind === 'database' ? '' : '/*'}`;

const ourBuckets = (env: Environment): string[] => [bucketArn(env, bucketNamePattern(env))];
const bucket = (verbs: string): readonly Grant[] => [grant('s3', verbs, ourBuckets)];

const rules = ec2(
  '',
  'AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress ModifySecurityGroupRules',
  'DescribeSecurityGroupRules DescribeSecurityGroups',
);

const KEEP_LOG_GROUP =
  'CreateLogGroup DeleteLogGroup AssociateKmsKey DisassociateKmsKey PutRetentionPolicy DeleteRetentionPolicy TagResource UntagResource ListTagsForResource';

/** Types that are read from a file of ours or need no right of their own. */
export const NEEDS_NO_RIGHT: ReadonlySet<string> = new Set([
  'data.terraform_remote_state',
  'aws_iam_role',
  'aws_iam_role_policy',
]);

export const grants: Readonly<Record<string, readonly Grant[]>> = {
  aws_athena_workgroup: [
    grant(
      'athena',
      'CreateWorkGroup GetWorkGroup UpdateWorkGroup DeleteWorkGroup TagResource UntagResource ListTagsForResource',
      on('athena', 'workgroup/@'),
    ),
  ],
  aws_autoscaling_group: [
    grant(
      'autoscaling',
      'CreateAutoScalingGroup CreateOrUpdateTags DeleteAutoScalingGroup DeleteTags StartInstanceRefresh CancelInstanceRefresh UpdateAutoScalingGroup',
      on('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/@-*'),
    ),
    grant(
      'autoscaling',
      'DescribeAutoScalingGroups DescribeInstanceRefreshes DescribeScalingActivities DescribeTags',
      anything,
    ),
    grant('ec2', 'RunInstances', (env) => [
      ...['instance', 'volume', 'network-interface', 'launch-template', 'subnet', 'security-group'].map(
        (kind) => arnOf(env, 'ec2', `${kind}/*`),
      ),
      arnOf({ ...env, account: '' }, 'ec2', 'image/*'),
    ]),
    grant('ssm', 'GetParameters', (env) => [
      arnOf({ ...env, account: '' }, 'ssm', 'parameter/aws/service/ami-amazon-linux-latest/*'),
    ]),
    grant('iam', 'CreateServiceLinkedRole', (env) => [
      arnOf(env, 'iam', 'role/aws-service-role/autoscaling.amazonaws.com/*'),
    ]),
  ],
  aws_budgets_budget: [
    grant('budgets', 'ViewBudget ModifyBudget TagResource UntagResource ListTagsForResource', (env) => [
      arnOf({ ...env, region: '' }, 'budgets', `budget/${prefixOf(env)}*`),
    ]),
  ],
  aws_cloudwatch_log_group: [
    grant('logs', KEEP_LOG_GROUP, on('logs', 'log-group:/@/*', 'log-group:/aws/vendedlogs/states/@/*')),
    grant('logs', KEEP_LOG_GROUP, delivered),
    grant('logs', 'DescribeLogGroups', anything),
  ],
  aws_cloudwatch_log_metric_filter: [
    grant('logs', 'PutMetricFilter DeleteMetricFilter DescribeMetricFilters', on('logs', 'log-group:/@/*')),
  ],
  aws_cloudwatch_log_stream: [
    grant('logs', 'CreateLogStream DeleteLogStream DescribeLogStreams', on('logs', 'log-group:/@/*')),
  ],
  aws_cloudwatch_log_subscription_filter: [
    grant('logs', 'PutSubscriptionFilter DeleteSubscriptionFilter DescribeSubscriptionFilters', delivered),
  ],
  aws_cloudwatch_metric_alarm: [
    grant(
      'cloudwatch',
      'PutMetricAlarm DeleteAlarms DescribeAlarms TagResource UntagResource ListTagsForResource',
      on('cloudwatch', 'alarm:@-*'),
    ),
  ],
  aws_default_security_group: ec2(
    '',
    'AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress RevokeSecurityGroupEgress',
    'DescribeSecurityGroups',
  ),
  aws_ecr_lifecycle_policy: [
    grant('ecr', 'PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy', on('ecr', 'repository/@/*')),
  ],
  aws_ecr_repository: [
    grant(
      'ecr',
      'CreateRepository DescribeRepositories DeleteRepository PutImageTagMutability PutImageScanningConfiguration TagResource UntagResource ListTagsForResource',
      on('ecr', 'repository/@/*'),
    ),
  ],
  aws_ecs_cluster: [
    grant(
      'ecs',
      'CreateCluster DescribeClusters UpdateCluster DeleteCluster TagResource UntagResource ListTagsForResource',
      (env) => [arnOf(env, 'ecs', `cluster/${clusterName(env)}`)],
    ),
    grant('iam', 'CreateServiceLinkedRole', (env) => [
      arnOf(env, 'iam', 'role/aws-service-role/ecs.amazonaws.com/*'),
    ]),
  ],
  aws_ecs_task_definition: [
    grant('ecs', 'RegisterTaskDefinition TagResource UntagResource', on('ecs', 'task-definition/@-*:*')),
    grant('ecs', 'DeregisterTaskDefinition DescribeTaskDefinition', anything),
  ],
  aws_eip: ec2(
    'AllocateAddress',
    'ReleaseAddress DisassociateAddress',
    'DescribeAddresses DescribeAddressesAttribute DescribeNetworkInterfaces',
  ),
  aws_flow_log: [
    ...ec2('CreateFlowLogs', 'DeleteFlowLogs', 'DescribeFlowLogs'),
    grant('ec2', 'CreateFlowLogs', ec2Resource, tagged),
  ],
  aws_glue_catalog_database: [
    grant(
      'glue',
      'CreateDatabase GetDatabase UpdateDatabase DeleteDatabase GetTags TagResource UntagResource',
      (env) =>
        [
          'catalog',
          ...['database', 'table', 'userDefinedFunction'].map((kind) => glueResource(env, kind)),
        ].map((resource) => arnOf(env, 'glue', resource)),
    ),
  ],
  aws_glue_data_catalog_encryption_settings: [
    grant('glue', 'GetDataCatalogEncryptionSettings PutDataCatalogEncryptionSettings', anything),
  ],
  aws_iam_group: [grant('iam', 'CreateGroup GetGroup DeleteGroup UpdateGroup', on('iam', 'group/@-*'))],
  aws_iam_group_policy: [
    grant('iam', 'PutGroupPolicy GetGroupPolicy DeleteGroupPolicy', on('iam', 'group/@-*')),
  ],
  aws_iam_user: [
    grant('iam', 'CreateUser PutUserPermissionsBoundary', on('iam', 'user/@-*'), bounded),
    grant(
      'iam',
      'GetUser DeleteUser UpdateUser TagUser UntagUser ListUserTags ListGroupsForUser ListAccessKeys CreateAccessKey UpdateAccessKey DeleteAccessKey GetAccessKeyLastUsed',
      on('iam', 'user/@-*'),
    ),
    grant('secretsmanager', 'GetSecretValue', (env) => [
      arnOf(env, 'secretsmanager', `secret:${runnerSecretName(env)}-*`),
    ]),
  ],
  aws_iam_user_group_membership: [
    grant('iam', 'AddUserToGroup RemoveUserFromGroup', on('iam', 'group/@-*')),
    grant('iam', 'ListGroupsForUser', on('iam', 'user/@-*')),
  ],
  aws_iam_instance_profile: [
    grant(
      'iam',
      'CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags',
      on('iam', 'instance-profile/@-*'),
    ),
  ],
  aws_iam_policy: [
    grant(
      'iam',
      'CreatePolicy GetPolicy GetPolicyVersion ListPolicyVersions ListPolicyTags TagPolicy UntagPolicy',
      on('iam', 'policy/@-*'),
    ),
  ],
  aws_internet_gateway: ec2(
    'CreateInternetGateway',
    'AttachInternetGateway DetachInternetGateway DeleteInternetGateway',
    'DescribeInternetGateways',
  ),
  aws_kinesis_firehose_delivery_stream: [
    grant(
      'firehose',
      'CreateDeliveryStream DescribeDeliveryStream UpdateDestination DeleteDeliveryStream StartDeliveryStreamEncryption StopDeliveryStreamEncryption TagDeliveryStream UntagDeliveryStream ListTagsForDeliveryStream',
      on('firehose', 'deliverystream/@-*'),
    ),
  ],
  aws_kms_alias: [
    grant('kms', 'CreateAlias UpdateAlias DeleteAlias', on('kms', 'alias/@/*')),
    grant('kms', 'CreateAlias UpdateAlias DeleteAlias', on('kms', 'key/*'), tagged),
    grant('kms', 'ListAliases', anything),
  ],
  aws_kms_key: [
    grant('kms', 'CreateKey TagResource', anything, made),
    grant(
      'kms',
      'DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription CreateGrant Encrypt Decrypt GenerateDataKey RetireGrant',
      on('kms', 'key/*'),
      tagged,
    ),
  ],
  aws_launch_template: ec2(
    'CreateLaunchTemplate',
    'CreateLaunchTemplateVersion DeleteLaunchTemplate ModifyLaunchTemplate',
    'DescribeLaunchTemplates DescribeLaunchTemplateVersions',
  ),
  aws_nat_gateway: [
    ...ec2('CreateNatGateway', 'DeleteNatGateway', 'DescribeNatGateways'),
    grant('ec2', 'CreateNatGateway', ec2Resource, tagged),
  ],
  aws_quicksight_data_set: [
    grant(
      'quicksight',
      'CreateDataSet DescribeDataSet UpdateDataSet DeleteDataSet PassDataSet DescribeDataSetPermissions UpdateDataSetPermissions DescribeDataSetRefreshProperties TagResource UntagResource ListTagsForResource',
      on('quicksight', 'dataset/@-*'),
    ),
  ],
  aws_quicksight_data_source: [
    grant(
      'quicksight',
      'CreateDataSource DescribeDataSource UpdateDataSource DeleteDataSource PassDataSource DescribeDataSourcePermissions UpdateDataSourcePermissions TagResource UntagResource ListTagsForResource',
      on('quicksight', 'datasource/@-*'),
    ),
  ],
  aws_quicksight_refresh_schedule: [
    grant(
      'quicksight',
      'CreateRefreshSchedule DescribeRefreshSchedule UpdateRefreshSchedule DeleteRefreshSchedule',
      on('quicksight', 'dataset/@-*'),
    ),
  ],
  aws_redshiftserverless_namespace: [
    ...serverless('namespace', 'CreateNamespace', 'GetNamespace UpdateNamespace DeleteNamespace'),
    grant(
      'secretsmanager',
      'CreateSecret DescribeSecret UpdateSecret RotateSecret DeleteSecret TagResource GetSecretValue',
      on('secretsmanager', 'secret:redshift!@*'),
    ),
    grant('iam', 'CreateServiceLinkedRole', (env) => [
      arnOf(env, 'iam', 'role/aws-service-role/redshift.amazonaws.com/*'),
    ]),
  ],
  aws_redshiftserverless_usage_limit: [
    grant(
      'redshift-serverless',
      'CreateUsageLimit GetUsageLimit UpdateUsageLimit DeleteUsageLimit',
      anything,
    ),
  ],
  aws_redshiftserverless_workgroup: [
    ...serverless('workgroup', 'CreateWorkgroup', 'GetWorkgroup UpdateWorkgroup DeleteWorkgroup'),
    grant('redshift-data', 'ExecuteStatement', on('redshift-serverless', 'workgroup/*'), tagged),
    grant('redshift-data', 'DescribeStatement GetStatementResult', anything),
    grant(
      'ec2',
      'DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeInternetGateways DescribeSecurityGroups DescribeSubnets DescribeVpcAttribute DescribeVpcs',
      anything,
    ),
  ],
  aws_route: ec2('', 'CreateRoute DeleteRoute ReplaceRoute', 'DescribeRouteTables'),
  aws_route_table: [
    ...ec2('CreateRouteTable', 'DeleteRouteTable', 'DescribeRouteTables'),
    grant('ec2', 'CreateRouteTable', ec2Resource, tagged),
  ],
  aws_route_table_association: ec2(
    '',
    'AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation',
    'DescribeRouteTables',
  ),
  aws_s3_bucket: bucket(
    'CreateBucket DeleteBucket ListBucket GetBucketLocation GetBucketTagging PutBucketTagging GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration',
  ),
  aws_s3_bucket_lifecycle_configuration: bucket('GetLifecycleConfiguration PutLifecycleConfiguration'),
  aws_s3_bucket_logging: bucket('GetBucketLogging PutBucketLogging'),
  aws_s3_bucket_ownership_controls: bucket('GetBucketOwnershipControls PutBucketOwnershipControls'),
  aws_s3_bucket_policy: bucket('GetBucketPolicy PutBucketPolicy DeleteBucketPolicy'),
  aws_s3_bucket_public_access_block: bucket('GetBucketPublicAccessBlock PutBucketPublicAccessBlock'),
  aws_s3_bucket_server_side_encryption_configuration: bucket(
    'GetEncryptionConfiguration PutEncryptionConfiguration',
  ),
  aws_s3_bucket_versioning: bucket('GetBucketVersioning PutBucketVersioning'),
  aws_s3_object: [
    grant(
      's3',
      'GetObject GetObjectTagging PutObject PutObjectTagging DeleteObject DeleteObjectVersion',
      (env) => [`${bucketArn(env, bucketName(env, OPERATIONS))}/${HOST_UNITS}*`],
    ),
    grant('s3', 'ListBucketVersions', (env) => [bucketArn(env, bucketName(env, OPERATIONS))]),
  ],
  aws_scheduler_schedule: [
    grant(
      'scheduler',
      'CreateSchedule GetSchedule UpdateSchedule DeleteSchedule',
      on('scheduler', 'schedule/@-*/*'),
    ),
  ],
  aws_scheduler_schedule_group: [
    grant(
      'scheduler',
      'CreateScheduleGroup GetScheduleGroup DeleteScheduleGroup TagResource UntagResource ListTagsForResource',
      on('scheduler', 'schedule-group/@-*'),
    ),
  ],
  aws_secretsmanager_secret: [
    grant(
      'secretsmanager',
      'CreateSecret DescribeSecret UpdateSecret DeleteSecret RestoreSecret GetResourcePolicy TagResource UntagResource',
      on('secretsmanager', 'secret:@/*'),
    ),
  ],
  aws_security_group: [
    ...ec2(
      'CreateSecurityGroup',
      'DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress',
      'DescribeSecurityGroups DescribeNetworkInterfaces',
    ),
    grant('ec2', 'CreateSecurityGroup', (env) => [arnOf(env, 'ec2', 'vpc/*')]),
  ],
  aws_sfn_state_machine: [
    grant(
      'states',
      'CreateStateMachine DescribeStateMachine UpdateStateMachine DeleteStateMachine TagResource UntagResource ListTagsForResource ListStateMachineVersions',
      on('states', 'stateMachine:@-*'),
    ),
    grant('states', 'ValidateStateMachineDefinition', anything),
  ],
  aws_sns_topic: [
    grant(
      'sns',
      'CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic TagResource UntagResource ListTagsForResource',
      on('sns', '@-*'),
    ),
  ],
  aws_sns_topic_policy: [grant('sns', 'GetTopicAttributes SetTopicAttributes', on('sns', '@-*'))],
  aws_sns_topic_subscription: [
    grant('sns', 'Subscribe', on('sns', '@-*')),
    grant('sns', 'GetSubscriptionAttributes Unsubscribe', anything),
  ],
  aws_sqs_queue: [
    grant(
      'sqs',
      'CreateQueue GetQueueAttributes GetQueueUrl SetQueueAttributes DeleteQueue TagQueue UntagQueue ListQueueTags',
      on('sqs', '@-*'),
    ),
  ],
  aws_subnet: [
    ...ec2('CreateSubnet', 'DeleteSubnet ModifySubnetAttribute', 'DescribeSubnets DescribeNetworkInterfaces'),
    grant('ec2', 'CreateSubnet', ec2Resource, tagged),
  ],
  aws_vpc: ec2(
    'CreateVpc',
    'DeleteVpc ModifyVpcAttribute',
    'DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups',
  ),
  aws_vpc_endpoint: [
    ...ec2(
      'CreateVpcEndpoint',
      'DeleteVpcEndpoints ModifyVpcEndpoint',
      'DescribeVpcEndpoints DescribePrefixLists',
    ),
    grant('ec2', 'CreateVpcEndpoint', ec2Resource, tagged),
  ],
  aws_vpc_security_group_egress_rule: [
    ...rules,
    grant('ec2', 'AuthorizeSecurityGroupEgress CreateTags', ec2Resource, made),
  ],
  'data.aws_redshiftserverless_workgroup': [
    grant('redshift-serverless', 'GetWorkgroup', on('redshift-serverless', 'workgroup/*')),
  ],
  'data.aws_availability_zones': [grant('ec2', 'DescribeAvailabilityZones', anything)],
};
