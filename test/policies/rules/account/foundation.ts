import { allow, arn, objects, refuseClear, role } from './names.ts';

/** What all feeds stand on: keys, boundary, network, buckets of logs and operations, cluster, topic. */

const DATA_KEY = '${aws_kms_key.data.arn}';

export const stackOf = (stack: string, feed: string) => ({
  terraform: {
    required_version: '>= 1.10',
    required_providers: { aws: { source: 'aws', version: '5.100.0' } },
    backend: {
      s3: {
        bucket: 'acme-terraform-state-111122223333',
        key: `acme/dev/${stack}.tfstate`,
        region: 'eu-west-1',
        encrypt: true,
        use_lockfile: true,
      },
    },
  },
  provider: {
    aws: [
      {
        region: 'eu-west-1',
        allowed_account_ids: ['111122223333'],
        default_tags: [
          {
            tags: {
              project: 'acme',
              environment: 'dev',
              feed,
              stage: 'shared',
              owner: 'acme',
              'managed-by': 'peaches',
            },
          },
        ],
      },
    ],
  },
});

const key = {
  description: 'Key',
  enable_key_rotation: true,
  deletion_window_in_days: 30,
  policy: {
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: arn('iam', 'root') },
        Action: ['kms:DescribeKey', 'kms:PutKeyPolicy'],
        Resource: '*',
      },
    ],
  },
};

/** A bucket of data and its parts, by the name that they share. */
export const dataBucket = (name: string, bucket: string, dataKey: string) => ({
  aws_s3_bucket: { [name]: { bucket, force_destroy: false } },
  aws_s3_bucket_public_access_block: { [name]: publicAccess(name) },
  aws_s3_bucket_ownership_controls: { [name]: ownership(name) },
  aws_s3_bucket_versioning: { [name]: versioning(name) },
  aws_s3_bucket_logging: {
    [name]: {
      bucket: `\${aws_s3_bucket.${name}.id}`,
      target_bucket: 'acme-dev-access-logs-111122223333',
      target_prefix: `${name}/`,
    },
  },
  aws_s3_bucket_server_side_encryption_configuration: {
    [name]: {
      bucket: `\${aws_s3_bucket.${name}.id}`,
      rule: [
        {
          apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: dataKey },
          bucket_key_enabled: true,
        },
      ],
    },
  },
  aws_s3_bucket_policy: {
    [name]: {
      bucket: `\${aws_s3_bucket.${name}.id}`,
      policy: {
        Statement: [
          ...onlyTls(name),
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:PutObject',
            Resource: objects(bucket),
            Condition: {
              Null: { 's3:x-amz-server-side-encryption': 'false' },
              StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' },
            },
          },
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:PutObject',
            Resource: objects(bucket),
            Condition: {
              Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'false' },
              StringNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': dataKey },
            },
          },
        ],
      },
    },
  },
  aws_s3_bucket_lifecycle_configuration: {
    [name]: {
      bucket: `\${aws_s3_bucket.${name}.id}`,
      rule: [
        {
          id: 'leftovers',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
          noncurrent_version_expiration: [{ noncurrent_days: 30 }],
          transition: [{ days: 30, storage_class: 'INTELLIGENT_TIERING' }],
        },
      ],
    },
  },
});

const publicAccess = (name: string) => ({
  bucket: `\${aws_s3_bucket.${name}.id}`,
  block_public_acls: true,
  block_public_policy: true,
  ignore_public_acls: true,
  restrict_public_buckets: true,
});

const ownership = (name: string) => ({
  bucket: `\${aws_s3_bucket.${name}.id}`,
  rule: { object_ownership: 'BucketOwnerEnforced' },
});

const versioning = (name: string) => ({
  bucket: `\${aws_s3_bucket.${name}.id}`,
  versioning_configuration: { status: 'Enabled' },
});

const onlyTls = (name: string) => {
  const bucket = `\${aws_s3_bucket.${name}.arn}`;
  return [
    refuseClear('s3:*', [bucket, `${bucket}/*`]),
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [bucket, `${bucket}/*`],
      Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
    },
  ];
};

const accessLogs = {
  aws_s3_bucket: { access_logs: { bucket: 'acme-dev-access-logs-111122223333' } },
  aws_s3_bucket_public_access_block: { access_logs: publicAccess('access_logs') },
  aws_s3_bucket_ownership_controls: { access_logs: ownership('access_logs') },
  aws_s3_bucket_versioning: { access_logs: versioning('access_logs') },
  aws_s3_bucket_server_side_encryption_configuration: {
    access_logs: {
      bucket: '${aws_s3_bucket.access_logs.id}',
      rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } }],
    },
  },
  aws_s3_bucket_policy: {
    access_logs: {
      bucket: '${aws_s3_bucket.access_logs.id}',
      policy: {
        Statement: [
          ...onlyTls('access_logs'),
          {
            Effect: 'Allow',
            Principal: { Service: 'logging.s3.amazonaws.com' },
            Action: 's3:PutObject',
            Resource: '${aws_s3_bucket.access_logs.arn}/*',
            Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
          },
        ],
      },
    },
  },
  aws_s3_bucket_lifecycle_configuration: {
    access_logs: {
      bucket: '${aws_s3_bucket.access_logs.id}',
      rule: [
        {
          id: 'all',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
          noncurrent_version_expiration: [{ noncurrent_days: 30 }],
          expiration: [{ days: 365 }],
        },
      ],
    },
  },
};

const network = {
  aws_vpc: { vpc: { cidr_block: '10.0.0.0/16' } },
  aws_default_security_group: { closed: { vpc_id: '${aws_vpc.vpc.id}', ingress: [], egress: [] } },
  aws_flow_log: {
    flows: {
      vpc_id: '${aws_vpc.vpc.id}',
      traffic_type: 'ALL',
      log_destination: '${aws_cloudwatch_log_group.flows.arn}',
    },
  },
  aws_vpc_endpoint: {
    s3: {
      vpc_id: '${aws_vpc.vpc.id}',
      vpc_endpoint_type: 'Gateway',
      service_name: 'com.amazonaws.eu-west-1.s3',
    },
  },
  aws_internet_gateway: { internet: { vpc_id: '${aws_vpc.vpc.id}' } },
  aws_subnet: {
    nat: { vpc_id: '${aws_vpc.vpc.id}', cidr_block: '10.0.9.0/24' },
    tasks_a: { vpc_id: '${aws_vpc.vpc.id}', cidr_block: '10.0.1.0/24', map_public_ip_on_launch: false },
    tasks_b: { vpc_id: '${aws_vpc.vpc.id}', cidr_block: '10.0.2.0/24', map_public_ip_on_launch: false },
  },
  aws_route_table: { outward: { vpc_id: '${aws_vpc.vpc.id}' } },
  aws_route: {
    internet: {
      route_table_id: '${aws_route_table.outward.id}',
      destination_cidr_block: '0.0.0.0/0',
      gateway_id: '${aws_internet_gateway.internet.id}',
    },
  },
  aws_route_table_association: {
    nat: { route_table_id: '${aws_route_table.outward.id}', subnet_id: '${aws_subnet.nat.id}' },
  },
};

const operations = dataBucket('operations', 'acme-dev-operations-111122223333', DATA_KEY);

const together = (...parts: readonly Record<string, object>[]): Record<string, object> => {
  const all: Record<string, object> = {};
  for (const part of parts) {
    for (const [type, named] of Object.entries(part)) all[type] = { ...all[type], ...named };
  }
  return all;
};

export const foundation = {
  ...stackOf('foundation', 'shared'),
  output: {
    data_key_arn: { value: DATA_KEY },
    operations_key_arn: { value: '${aws_kms_key.operations.arn}' },
    subnet_ids: { value: ['${aws_subnet.tasks_a.id}', '${aws_subnet.tasks_b.id}'] },
    vpc_id: { value: '${aws_vpc.vpc.id}' },
  },
  resource: together(accessLogs, operations, network, {
    aws_kms_key: { data: key, operations: key },
    aws_kms_alias: { data: { name: 'alias/acme-dev/data', target_key_id: '${aws_kms_key.data.id}' } },
    aws_iam_policy: {
      boundary: {
        name: 'acme-dev-boundary',
        policy: {
          Statement: [
            allow('s3:GetObject', 'arn:aws:s3:::acme-dev-*/*'),
            allow('iam:PassRole', arn('iam', 'role/acme-dev-*'), {
              StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
            }),
          ],
        },
      },
    },
    aws_iam_role: { execution: role('execution', 'ecs-tasks') },
    aws_iam_role_policy: {
      execution: {
        role: '${aws_iam_role.execution.id}',
        policy: { Statement: [allow('ecr:GetAuthorizationToken', '*')] },
      },
    },
    aws_cloudwatch_log_group: {
      flows: {
        name: '/acme-dev/network/flows',
        retention_in_days: 90,
        kms_key_id: '${aws_kms_key.operations.arn}',
      },
      sessions: {
        name: '/acme-dev/cluster/sessions',
        retention_in_days: 90,
        kms_key_id: '${aws_kms_key.operations.arn}',
      },
    },
    aws_ecs_cluster: {
      cluster: {
        name: 'acme-dev',
        setting: [{ name: 'containerInsights', value: 'enabled' }],
        configuration: {
          execute_command_configuration: {
            kms_key_id: '${aws_kms_key.operations.arn}',
            logging: 'OVERRIDE',
            log_configuration: { cloud_watch_log_group_name: '${aws_cloudwatch_log_group.sessions.name}' },
          },
        },
      },
    },
    aws_ecr_repository: {
      worker: {
        name: 'acme-dev/worker',
        image_tag_mutability: 'IMMUTABLE',
        image_scanning_configuration: { scan_on_push: true },
        encryption_configuration: [{ encryption_type: 'KMS', kms_key: DATA_KEY }],
      },
    },
    aws_ecr_lifecycle_policy: {
      worker: {
        repository: '${aws_ecr_repository.worker.name}',
        policy: {
          rules: [
            {
              rulePriority: 1,
              selection: {
                tagStatus: 'untagged',
                countType: 'sinceImagePushed',
                countUnit: 'days',
                countNumber: 7,
              },
              action: { type: 'expire' },
            },
          ],
        },
      },
    },
    aws_sns_topic: {
      alarms: { name: 'acme-dev-alarms', kms_master_key_id: '${aws_kms_key.operations.arn}' },
    },
    aws_sns_topic_policy: {
      alarms: {
        arn: '${aws_sns_topic.alarms.arn}',
        policy: { Statement: [refuseClear('sns:Publish', '${aws_sns_topic.alarms.arn}')] },
      },
    },
    aws_budgets_budget: {
      budget: { name: 'acme-dev', cost_filter: [{ name: 'TagKeyValue', values: ['user:project$acme'] }] },
    },
  }),
};
