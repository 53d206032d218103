import { allow, objects } from '../account/names.ts';
import { breach, type Breaches } from './breach.ts';

const KAFKA = 'aws_msk_cluster.kafka';
const S3 = 'aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration';
const LOGS = 'aws_kinesis_firehose_delivery_stream.logs.extended_s3_configuration';
const CLUSTER = 'aws_redshift_cluster.warehouse';
const SERVERLESS = 'aws_redshiftserverless_workgroup.warehouse';

export const streams: Breaches = {
  T42: [
    breach('speaks in clear', {
      [`${KAFKA}.encryption_info.encryption_in_transit.client_broker`]: 'TLS_PLAINTEXT',
    }),
    breach('its clients by IAM', { [`${KAFKA}.client_authentication.sasl`]: undefined }),
    breach('clients that it does not know', { [`${KAFKA}.client_authentication.unauthenticated`]: true }),
    breach('is public', {
      [`${KAFKA}.broker_node_group_info.connectivity_info.public_access.type`]: 'SERVICE_PROVIDED_EIPS',
    }),
    breach('does not log', { [`${KAFKA}.logging_info`]: undefined }),
    breach('under a key of the account', {
      [`${KAFKA}.encryption_info.encryption_at_rest_kms_key_arn`]: undefined,
    }),
    breach('stands in one zone', { [`${KAFKA}.broker_node_group_info.client_subnets`]: ['subnet-1'] }),
    breach('has one broker', { [`${KAFKA}.number_of_broker_nodes`]: 1 }),
    breach(
      'makes topics by itself',
      { 'aws_msk_configuration.kafka.server_properties': 'num.partitions=3' },
      { protected: true },
    ),
    breach('its clients by IAM', { 'aws_msk_serverless_cluster.kafka': { cluster_name: 'acme-dev' } }),
  ],
  T43: [
    breach('under no key of the account', { [`${S3}.kms_key_arn`]: undefined }),
    breach('holds records in clear', {
      'aws_kinesis_firehose_delivery_stream.events.server_side_encryption': undefined,
    }),
    breach('does not tell its errors apart', { [`${S3}.error_output_prefix`]: 'errors/' }),
    breach('does not log its errors', { [`${S3}.cloudwatch_logging_options`]: undefined }),
    breach('does not state its buffers', { [`${S3}.buffering_interval`]: undefined }),
    breach('by the time of arrival', { [`${S3}.prefix`]: 'events/!{timestamp:yyyy-MM-dd}/' }),
    breach('by the hour', { [`${LOGS}.prefix`]: 'logs/!{timestamp:yyyy/MM/dd}/' }),
    breach('by the hour', { [`${LOGS}.custom_time_zone`]: 'Asia/Tokyo' }),
    breach('by the time of arrival', { 'aws_cloudwatch_log_subscription_filter.vendor': undefined }),
    breach('keeps no copy', {
      [`${S3}.processing_configuration`]: { enabled: true, processors: [{ type: 'Lambda' }] },
    }),
    breach('does not deliver into a bucket', { [S3]: undefined }),
  ],
  T44: [
    breach('under a key of the account', { [`${CLUSTER}.encrypted`]: false }),
    breach('may be public', { [`${CLUSTER}.publicly_accessible`]: undefined }),
    breach('outside the VPC', { [`${CLUSTER}.enhanced_vpc_routing`]: false }),
    breach('answers without TLS', { 'aws_redshift_parameter_group.warehouse.parameter.0.value': 'false' }),
    breach('what its users do', { [`${CLUSTER}.logging`]: undefined }),
    breach('less than 7 days', { [`${CLUSTER}.automated_snapshot_retention_period`]: 1 }),
    breach('that somebody gave', { [`${CLUSTER}.manage_master_password`]: undefined }),
    breach('under a key of the account', {
      'aws_redshiftserverless_namespace.warehouse.kms_key_id': undefined,
    }),
    breach('what its users do', { 'aws_redshiftserverless_namespace.warehouse.log_exports': ['userlog'] }),
    breach('may be public', { [`${SERVERLESS}.publicly_accessible`]: true }),
    breach('answers without TLS', { [`${SERVERLESS}.config_parameter`]: undefined }),
    breach('loads from all of', {
      'aws_iam_role_policy.copy.policy': {
        Statement: [allow('s3:GetObject', objects('acme-dev-demo-logs-111122223333'))],
      },
    }),
  ],
  T45: [
    breach('have their own way', {
      'aws_athena_workgroup.queries.configuration.enforce_workgroup_configuration': false,
    }),
    breach('does not encrypt results', {
      'aws_athena_workgroup.queries.configuration.result_configuration': undefined,
    }),
    breach('scan everything', {
      'aws_athena_workgroup.queries.configuration.bytes_scanned_cutoff_per_query': undefined,
    }),
  ],
  T46: [
    breach('in a catalog in clear', { 'aws_glue_data_catalog_encryption_settings.catalog': undefined }),
    breach('no security configuration', { 'aws_glue_crawler.found.security_configuration': undefined }),
    breach('somebody to add its partitions', { 'aws_glue_catalog_table.events.parameters': {} }),
  ],
  T47: [
    breach('has the runtime nodejs16.x', { 'aws_lambda_function.unpack.runtime': 'nodejs16.x' }),
    breach('all concurrency', { 'aws_lambda_function.unpack.reserved_concurrent_executions': undefined }),
    breach('loses what failed', { 'aws_lambda_function_event_invoke_config.unpack': undefined }),
    breach('looks like a secret in DB_PASSWORD', {
      'aws_lambda_function.unpack.environment.variables.DB_PASSWORD': 'summer',
    }),
    breach("on anybody's behalf", { 'aws_lambda_permission.bucket.source_arn': undefined }),
  ],
};
