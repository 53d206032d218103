import { arnOf, type PlaceScope } from '../config/names.ts';

/** Attributes of a resource, as far as a plan knows them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** How a resource that Terraform made, and then lost, is taken back into its state. */
export interface ImportRule {
  /** The import id by the configuration; undefined while something that it is made of is not known. */
  readonly id?: (attributes: Attributes, scope: PlaceScope) => string | undefined;
  /** The id that the apply reported is not the one that an import wants. */
  readonly eventIdIsAnother?: true;
  /** What a resource without a name of its own is looked for by, service and kind of its ARN; its tags decide. */
  readonly found?: string;
  /** Making it once more overwrites what is there, so that nothing need be taken back. */
  readonly repeatable?: true;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const joined = (separator: string, ...parts: readonly unknown[]): string | undefined =>
  parts.every((part) => text(part) !== undefined) ? parts.join(separator) : undefined;

const named = (attribute = 'name'): ImportRule => ({ id: (attributes) => text(attributes[attribute]) });

const byArn = (service: string, prefix = '', separator = ''): ImportRule => ({
  id: ({ name }, scope) =>
    text(name) === undefined ? undefined : arnOf(scope, service, `${prefix}${separator}${String(name)}`),
});

const tagged = (found: string): ImportRule => ({ found });

const REPEATABLE: ImportRule = { repeatable: true };

/** Every type that the stacks make; a test holds the table against them. */
export const IMPORT_RULES: Readonly<Record<string, ImportRule>> = {
  aws_athena_workgroup: named(),
  aws_autoscaling_group: named(),
  aws_budgets_budget: { id: ({ name }, { account }) => joined(':', account, name) },
  aws_cloudwatch_log_group: named(),
  aws_cloudwatch_log_metric_filter: REPEATABLE,
  aws_cloudwatch_log_stream: {
    id: ({ log_group_name: group, name }) => joined(':', group, name),
    eventIdIsAnother: true,
  },
  aws_cloudwatch_log_subscription_filter: REPEATABLE,
  aws_cloudwatch_metric_alarm: named('alarm_name'),
  aws_default_security_group: REPEATABLE,
  aws_ecr_lifecycle_policy: REPEATABLE,
  aws_ecr_repository: named(),
  aws_ecs_cluster: { ...named(), eventIdIsAnother: true },
  aws_ecs_cluster_capacity_providers: REPEATABLE,
  aws_ecs_task_definition: { found: 'ecs:task-definition', eventIdIsAnother: true },
  aws_eip: tagged('ec2:elastic-ip'),
  aws_flow_log: tagged('ec2:vpc-flow-log'),
  aws_glue_catalog_database: { id: ({ name }, { account }) => joined(':', account, name) },
  aws_glue_data_catalog_encryption_settings: REPEATABLE,
  aws_iam_instance_profile: named(),
  aws_iam_policy: byArn('iam', 'policy', '/'),
  aws_iam_role: named(),
  aws_iam_role_policies_exclusive: REPEATABLE,
  aws_iam_role_policy: REPEATABLE,
  aws_iam_role_policy_attachment: REPEATABLE,
  aws_iam_role_policy_attachments_exclusive: REPEATABLE,
  aws_iam_user: named(),
  aws_instance: tagged('ec2:instance'),
  aws_internet_gateway: tagged('ec2:internet-gateway'),
  aws_kinesis_firehose_delivery_stream: byArn('firehose', 'deliverystream', '/'),
  aws_kms_alias: named(),
  aws_kms_key: tagged('kms:key'),
  aws_launch_template: tagged('ec2:launch-template'),
  aws_nat_gateway: tagged('ec2:natgateway'),
  aws_quicksight_data_set: { id: ({ data_set_id: id }, { account }) => joined(',', account, id) },
  aws_quicksight_data_source: { id: ({ data_source_id: id }, { account }) => joined(',', account, id) },
  aws_quicksight_refresh_schedule: {
    id: ({ data_set_id: set, schedule_id: id }, { account }) => joined(',', account, set, id),
  },
  aws_redshiftserverless_namespace: named('namespace_name'),
  /** A second one says the same, and both go with the workgroup. */
  aws_redshiftserverless_usage_limit: REPEATABLE,
  aws_redshiftserverless_workgroup: named('workgroup_name'),
  aws_route: {
    id: ({ route_table_id: table, destination_cidr_block: target }) => joined('_', table, target),
    eventIdIsAnother: true,
  },
  aws_route_table: tagged('ec2:route-table'),
  aws_route_table_association: {
    id: ({ subnet_id: subnet, route_table_id: table }) => joined('/', subnet, table),
    eventIdIsAnother: true,
  },
  aws_s3_bucket: named('bucket'),
  aws_s3_bucket_lifecycle_configuration: REPEATABLE,
  aws_s3_bucket_logging: REPEATABLE,
  aws_s3_bucket_notification: REPEATABLE,
  aws_s3_bucket_ownership_controls: REPEATABLE,
  aws_s3_bucket_policy: REPEATABLE,
  aws_s3_bucket_public_access_block: REPEATABLE,
  aws_s3_bucket_server_side_encryption_configuration: REPEATABLE,
  aws_s3_bucket_versioning: REPEATABLE,
  aws_s3_object: REPEATABLE,
  aws_scheduler_schedule: {
    id: ({ group_name: group, name }) => joined('/', group, name),
  },
  aws_scheduler_schedule_group: named(),
  aws_secretsmanager_secret: tagged('secretsmanager:secret'),
  aws_security_group: tagged('ec2:security-group'),
  aws_sfn_state_machine: byArn('states', 'stateMachine', ':'),
  aws_sns_topic: byArn('sns'),
  aws_sns_topic_policy: REPEATABLE,
  aws_sns_topic_subscription: REPEATABLE,
  aws_sqs_queue: REPEATABLE,
  aws_ssm_parameter: named(),
  aws_subnet: tagged('ec2:subnet'),
  aws_vpc: tagged('ec2:vpc'),
  aws_vpc_endpoint: tagged('ec2:vpc-endpoint'),
  aws_vpc_security_group_egress_rule: tagged('ec2:security-group-rule'),
  aws_vpc_security_group_ingress_rule: tagged('ec2:security-group-rule'),
};

/** Kinds whose import id is the whole ARN; of the others it is the last part. */
const BY_WHOLE_ARN = new Set(['ecs:task-definition', 'secretsmanager:secret']);

/** @param kind service and kind of the ARN, as in `found` */
export const importIdOfArn = (kind: string, arn: string): string =>
  BY_WHOLE_ARN.has(kind) ? arn : arn.slice(arn.lastIndexOf('/') + 1);

/**
 * The provider tells of most imports for which there is nothing by the address; of these by parts of the id.
 * @param error what Terraform said
 * @returns import ids
 */
export const absentIds = (error: string): readonly string[] =>
  [...error.matchAll(/No association found between route table ID (\S+) and target ID ([\w-]+)/g)].map(
    ([, table = '', target = '']) => `${target}/${table}`,
  );
