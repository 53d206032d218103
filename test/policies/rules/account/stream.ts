import { allow, arn, objects, refuseClear, role } from './names.ts';
import { stackOf } from './foundation.ts';

/** A feed that comes by stream and ends in a warehouse, with a host and a function beside it. */

const KEY = '${data.terraform_remote_state.foundation.outputs.data_key_arn}';
const SUBNETS = [0, 1].map(
  (zone) => `\${data.terraform_remote_state.foundation.outputs.subnet_ids[${zone}]}`,
);
const BUCKET = 'acme-dev-demo-logs-111122223333';

export const stream = {
  ...stackOf('stream', 'shared'),
  data: {
    terraform_remote_state: {
      foundation: {
        backend: 's3',
        config: { bucket: 'acme-terraform-state-111122223333', key: 'acme/dev/foundation.tfstate' },
      },
    },
    aws_ssm_parameter: { image: { name: '/aws/service/ami-amazon-linux-latest/al2023' } },
  },
  resource: {
    aws_msk_cluster: {
      kafka: {
        cluster_name: 'acme-dev-kafka',
        number_of_broker_nodes: 2,
        broker_node_group_info: {
          client_subnets: SUBNETS,
          connectivity_info: { public_access: { type: 'DISABLED' } },
        },
        encryption_info: {
          encryption_at_rest_kms_key_arn: KEY,
          encryption_in_transit: { client_broker: 'TLS', in_cluster: true },
        },
        client_authentication: { sasl: { iam: true }, unauthenticated: false },
        logging_info: { broker_logs: { cloudwatch_logs: { enabled: true } } },
        configuration_info: { arn: '${aws_msk_configuration.kafka.arn}', revision: 1 },
      },
    },
    aws_msk_configuration: {
      kafka: { name: 'acme-dev-kafka', server_properties: 'auto.create.topics.enable = false\n' },
    },
    aws_kinesis_firehose_delivery_stream: {
      events: {
        name: 'acme-dev-events',
        server_side_encryption: { enabled: true, key_type: 'CUSTOMER_MANAGED_CMK', key_arn: KEY },
        extended_s3_configuration: {
          kms_key_arn: KEY,
          buffering_size: 64,
          buffering_interval: 300,
          prefix: 'events/date=!{partitionKeyFromQuery:date}/',
          error_output_prefix: 'errors/!{firehose:error-output-type}/date=!{timestamp:yyyy-MM-dd}/',
          dynamic_partitioning_configuration: { enabled: true },
          cloudwatch_logging_options: { enabled: true },
        },
      },
      logs: {
        name: 'acme-dev-logs',
        server_side_encryption: { enabled: true, key_type: 'CUSTOMER_MANAGED_CMK', key_arn: KEY },
        extended_s3_configuration: {
          kms_key_arn: KEY,
          buffering_size: 64,
          buffering_interval: 900,
          prefix: '!{timestamp:yyyy/MM/dd/HH}/',
          error_output_prefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
          cloudwatch_logging_options: { enabled: true },
        },
      },
    },
    aws_cloudwatch_log_subscription_filter: {
      vendor: {
        name: 'acme-dev-logs',
        log_group_name: 'vendor/events',
        destination_arn: '${aws_kinesis_firehose_delivery_stream.logs.arn}',
      },
    },
    aws_cloudwatch_metric_alarm: {
      'stale-logs': {
        alarm_name: 'acme-dev-logs-stale',
        alarm_actions: [arn('sns', 'acme-dev-alarms')],
        namespace: 'AWS/Firehose',
        metric_name: 'DeliveryToS3.DataFreshness',
        dimensions: { DeliveryStreamName: 'acme-dev-logs' },
      },
      stale: {
        alarm_name: 'acme-dev-events-stale',
        alarm_actions: [arn('sns', 'acme-dev-alarms')],
        namespace: 'AWS/Firehose',
        metric_name: 'DeliveryToS3.DataFreshness',
        dimensions: { DeliveryStreamName: 'acme-dev-events' },
      },
      lag: {
        alarm_name: 'acme-dev-kafka-lag',
        alarm_actions: [arn('sns', 'acme-dev-alarms')],
        namespace: 'AWS/Kafka',
        metric_name: 'SumOffsetLag',
        dimensions: { 'Cluster Name': 'acme-dev-kafka', 'Consumer Group': 'demo' },
      },
    },
    aws_redshiftserverless_namespace: {
      warehouse: {
        namespace_name: 'acme-dev',
        kms_key_id: KEY,
        manage_admin_password: true,
        log_exports: ['userlog', 'connectionlog', 'useractivitylog'],
        iam_roles: ['${aws_iam_role.copy.arn}'],
      },
    },
    aws_redshiftserverless_workgroup: {
      warehouse: {
        workgroup_name: 'acme-dev',
        publicly_accessible: false,
        enhanced_vpc_routing: true,
        config_parameter: [{ parameter_key: 'require_ssl', parameter_value: 'true' }],
      },
    },
    aws_redshift_cluster: {
      warehouse: {
        cluster_identifier: 'acme-dev',
        encrypted: true,
        kms_key_id: KEY,
        publicly_accessible: false,
        enhanced_vpc_routing: true,
        manage_master_password: true,
        automated_snapshot_retention_period: 7,
        cluster_parameter_group_name: '${aws_redshift_parameter_group.warehouse.name}',
        logging: { enable: true },
      },
    },
    aws_redshift_parameter_group: {
      warehouse: { name: 'acme-dev', parameter: [{ name: 'require_ssl', value: 'true' }] },
    },
    aws_iam_role: {
      copy: role('copy', 'redshift'),
      host: role('host', 'ec2'),
      reports: role('reports', 'quicksight'),
    },
    aws_iam_role_policy: {
      copy: {
        role: '${aws_iam_role.copy.id}',
        policy: { Statement: [allow('s3:GetObject', objects(BUCKET, 'load/'))] },
      },
      reports: {
        role: '${aws_iam_role.reports.id}',
        policy: { Statement: [allow('s3:GetObject', objects(BUCKET, 'published/'))] },
      },
    },
    aws_quicksight_data_set: {
      capacity: {
        data_set_id: 'capacity',
        row_level_permission_data_set: { permission_policy: 'GRANT_ACCESS', status: 'ENABLED' },
      },
    },
    aws_athena_workgroup: {
      queries: {
        name: 'acme-dev',
        configuration: {
          enforce_workgroup_configuration: true,
          bytes_scanned_cutoff_per_query: 100_000_000_000,
          result_configuration: {
            encryption_configuration: { encryption_option: 'SSE_KMS', kms_key_arn: KEY },
          },
        },
      },
    },
    aws_glue_catalog_database: { tables: { name: 'acme_dev' } },
    aws_glue_data_catalog_encryption_settings: {
      catalog: {
        data_catalog_encryption_settings: {
          encryption_at_rest: { catalog_encryption_mode: 'SSE-KMS', sse_aws_kms_key_id: KEY },
        },
      },
    },
    aws_glue_security_configuration: { jobs: { name: 'acme-dev' } },
    aws_glue_crawler: {
      found: {
        name: 'acme-dev-found',
        security_configuration: '${aws_glue_security_configuration.jobs.name}',
      },
    },
    aws_glue_catalog_table: {
      events: {
        name: 'events',
        partition_keys: [{ name: 'date', type: 'date' }],
        parameters: { 'projection.enabled': 'true' },
      },
    },
    aws_lambda_function: {
      unpack: {
        function_name: 'acme-dev-unpack',
        runtime: 'nodejs22.x',
        reserved_concurrent_executions: 5,
        environment: { variables: { BUCKET } },
      },
    },
    aws_lambda_function_event_invoke_config: {
      unpack: {
        function_name: '${aws_lambda_function.unpack.function_name}',
        destination_config: { on_failure: { destination: '${aws_sqs_queue.failed.arn}' } },
      },
    },
    aws_lambda_permission: {
      bucket: {
        function_name: '${aws_lambda_function.unpack.function_name}',
        source_arn: `arn:aws:s3:::${BUCKET}`,
      },
    },
    aws_sqs_queue: {
      failed: {
        name: 'acme-dev-failed',
        kms_master_key_id: KEY,
        policy: { Statement: [refuseClear('sqs:SendMessage', arn('sqs', 'acme-dev-failed'))] },
      },
    },
    aws_instance: {
      host: {
        ami: '${data.aws_ssm_parameter.image.value}',
        subnet_id: SUBNETS[0],
        associate_public_ip_address: false,
        iam_instance_profile: '${aws_iam_instance_profile.host.name}',
        metadata_options: { http_tokens: 'required', http_put_response_hop_limit: 1 },
        root_block_device: { encrypted: true, volume_type: 'gp3' },
        user_data: '#!/bin/sh\ndnf install -y docker\n',
      },
    },
    aws_launch_template: {
      host: {
        image_id: 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023',
        iam_instance_profile: { name: '${aws_iam_instance_profile.host.name}' },
        metadata_options: { http_tokens: 'required', http_put_response_hop_limit: 1 },
        block_device_mappings: [{ ebs: { encrypted: true, volume_type: 'gp3' } }],
      },
    },
    aws_iam_instance_profile: { host: { name: 'acme-dev-host', role: '${aws_iam_role.host.name}' } },
    aws_iam_role_policy_attachment: {
      host: {
        role: '${aws_iam_role.host.name}',
        policy_arn: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore',
      },
    },
  },
};
