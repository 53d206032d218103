import { breach, type Breaches } from './breach.ts';

const RULE = 'aws_s3_bucket_lifecycle_configuration.operations.rule.0';

export const buckets: Breaches = {
  T21: [
    ...['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'].map(
      (block) =>
        breach(`does not ${block.replaceAll('_', ' ')}`, {
          [`aws_s3_bucket_public_access_block.operations.${block}`]: false,
        }),
    ),
    breach('no block against public access', {
      'aws_s3_bucket_public_access_block.operations': undefined,
    }),
    breach('no block against public access', {
      'aws_s3_bucket_public_access_block.operations.bucket': '${aws_s3_bucket.gone.id}',
    }),
  ],
  T22: [
    breach('no ownership', { 'aws_s3_bucket_ownership_controls.operations': undefined }),
    breach('does not enforce its ownership', {
      'aws_s3_bucket_ownership_controls.operations.rule.object_ownership': 'ObjectWriter',
    }),
    breach('sets an ACL', { 'aws_s3_bucket_acl.operations': { acl: 'private' } }),
    breach('sets an ACL', { 'aws_s3_bucket.operations.acl': 'public-read' }),
  ],
  T23: [
    breach('has no policy', { 'aws_s3_bucket_policy.operations': undefined }),
    breach('requests without TLS', {
      'aws_s3_bucket_policy.operations.policy.Statement.0.Resource': '${aws_s3_bucket.operations.arn}',
    }),
    breach('requests without TLS', { 'aws_s3_bucket_policy.operations.policy.Statement.0.Effect': 'Allow' }),
    breach('old TLS', {
      'aws_s3_bucket_policy.operations.policy.Statement.1.Condition.NumericLessThan': {
        's3:TlsVersion': '1.1',
      },
    }),
    breach('no JSON document', { 'aws_s3_bucket_policy.operations.policy': '' }),
  ],
  T24: [
    breach('has no encryption', {
      'aws_s3_bucket_server_side_encryption_configuration.operations': undefined,
    }),
    breach('under a key of the account', {
      'aws_s3_bucket_server_side_encryption_configuration.operations.rule.0.apply_server_side_encryption_by_default.kms_master_key_id':
        '${aws_kms_key.gone.arn}',
    }),
    breach('asks KMS for every object', {
      'aws_s3_bucket_server_side_encryption_configuration.operations.rule.0.bucket_key_enabled': false,
    }),
    breach('under another encryption', {
      'aws_s3_bucket_policy.operations.policy.Statement.2.Condition': {},
    }),
    breach('under another key', {
      'aws_s3_bucket_policy.operations.policy.Statement.3.Condition.StringNotEquals': {
        's3:x-amz-server-side-encryption-aws-kms-key-id': '${aws_kms_key.operations.arn}',
      },
    }),
    breach('where S3 delivers none', {
      'aws_s3_bucket_server_side_encryption_configuration.access_logs.rule.0.apply_server_side_encryption_by_default.sse_algorithm':
        'aws:kms',
    }),
  ],
  T25: [
    breach('has no versioning', { 'aws_s3_bucket_versioning.operations': undefined }),
    breach('does not keep versions', {
      'aws_s3_bucket_versioning.operations.versioning_configuration.status': 'Suspended',
    }),
  ],
  T26: [
    breach('has no lifecycle', { 'aws_s3_bucket_lifecycle_configuration.operations': undefined }),
    breach('half-done uploads', {
      [`${RULE}.abort_incomplete_multipart_upload.0.days_after_initiation`]: 30,
    }),
    breach('half-done uploads', { [`${RULE}.status`]: 'Disabled' }),
    breach('old versions for ever', { [`${RULE}.noncurrent_version_expiration`]: undefined }),
    breach('never moves what grows cold', { [`${RULE}.transition`]: undefined }),
    breach('without the consent of a declaration', { [`${RULE}.expiration`]: [{ days: 30 }] }),
    breach('expires "raw/" without the consent', {
      'aws_s3_bucket_lifecycle_configuration.logs.rule.1': {
        status: 'Enabled',
        filter: [{ prefix: 'raw/' }],
        expiration: [{ days: 7 }],
      },
    }),
  ],
  T27: [
    breach('does not log its accesses', { 'aws_s3_bucket_logging.operations': undefined }),
    breach('into a bucket of no stack', {
      'aws_s3_bucket_logging.operations.target_bucket': 'somebody-elses-logs',
    }),
    breach('takes access logs and logs itself', {
      'aws_s3_bucket_logging.operations.target_bucket': '${aws_s3_bucket.operations.id}',
    }),
  ],
  T28: [
    breach('lets in anybody', {
      'aws_s3_bucket_policy.operations.policy.Statement.4': {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: 's3:GetObject',
        Resource: '${aws_s3_bucket.operations.arn}/*',
      },
    }),
    breach('lets in arn:aws:iam::999988887777:root', {
      'aws_sns_topic_policy.alarms.policy.Statement.1': {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::999988887777:root' },
        Action: 'sns:Publish',
        Resource: '*',
      },
    }),
    breach("on anybody's behalf", {
      'aws_s3_bucket_policy.access_logs.policy.Statement.2.Condition': undefined,
    }),
  ],
};
