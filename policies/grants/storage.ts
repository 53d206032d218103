import type { Environment } from '../../config/environment.ts';
import { bucketArn, bucketName, bucketNamePattern } from '../../config/names.ts';
import { OPERATIONS } from '../../etl/feed.ts';
import { HOST_UNITS } from '../host.ts';
import { anything, grant, on, ours, made, tagged, type Grant, type Grants } from './grant.ts';

const ourBuckets = (env: Environment): string[] => [bucketArn(env, bucketNamePattern(env))];
const bucket = (verbs: string): readonly Grant[] => [grant('s3', verbs, ourBuckets)];

/** Buckets, keys and secrets. */
export const storage: Grants = {
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
  aws_kms_key: [
    grant('kms', 'CreateKey TagResource', anything, made),
    grant(
      'kms',
      'DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription CreateGrant Encrypt Decrypt GenerateDataKey RetireGrant',
      on('kms', 'key/*'),
      tagged,
    ),
  ],
  aws_kms_alias: [
    ours('kms', 'CreateAlias UpdateAlias DeleteAlias', 'alias/@/*'),
    grant('kms', 'CreateAlias UpdateAlias DeleteAlias', on('kms', 'key/*'), tagged),
    grant('kms', 'ListAliases', anything),
  ],
  aws_secretsmanager_secret: [
    ours(
      'secretsmanager',
      'CreateSecret DescribeSecret UpdateSecret DeleteSecret RestoreSecret GetResourcePolicy TagResource UntagResource',
      'secret:@/*',
    ),
  ],
};
