import type { Environment } from '../../config/environment.ts';
import { ACCESS_LOGS, bucketArn, bucketName, bucketNamePattern } from '../../config/names.ts';
import { accessLogBucketPolicy, privateBucketPolicy } from '../../policies/bucket.ts';
import {
  S3Bucket,
  S3BucketLifecycleConfiguration,
  S3BucketLoggingA,
  S3BucketOwnershipControls,
  S3BucketPolicy,
  S3BucketPublicAccessBlock,
  S3BucketServerSideEncryptionConfigurationA,
  S3BucketVersioningA,
  type S3BucketLifecycleConfigurationRule,
} from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { keepData } from '../environment-stack.ts';

/** Days after which a half-done upload and an overwritten version go; access logs are kept a year. */
const ABORT_UPLOAD_DAYS = 7;
const OLD_VERSION_DAYS = 30;
const TIERING_DAYS = 30;
const ACCESS_LOG_DAYS = 365;

/** Whether the environment uses a bucket that was there, under this alias. */
export const isExisting = (env: Environment, alias: string): boolean =>
  env.existing?.buckets?.[alias] !== undefined;

/** A bucket that only this environment's roles reach: nothing public, no ACL, versions kept. */
class ClosedBucket extends Construct {
  readonly bucket: S3Bucket;

  constructor(scope: Construct, id: string, env: Environment, alias: string) {
    super(scope, id);
    this.bucket = new S3Bucket(this, 'bucket', {
      bucket: bucketName(env, alias),
      forceDestroy: false,
      ...keepData(env),
    });
    new S3BucketPublicAccessBlock(this, 'public-access', {
      bucket: this.bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'ownership', {
      bucket: this.bucket.id,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    });
    new S3BucketVersioningA(this, 'versioning', {
      bucket: this.bucket.id,
      versioningConfiguration: { status: 'Enabled' },
    });
  }

  /** @param rules beyond those that every bucket has */
  protected expire(rules: readonly S3BucketLifecycleConfigurationRule[]): void {
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: this.bucket.id,
      rule: [
        {
          id: 'leftovers',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: ABORT_UPLOAD_DAYS }],
          noncurrentVersionExpiration: [{ noncurrentDays: OLD_VERSION_DAYS }],
          expiration: [{ expiredObjectDeleteMarker: true }],
        },
        ...rules,
      ],
    });
  }
}

export interface PrivateBucketProps {
  readonly env: Environment;
  /** As workers and `--local` folders name it. */
  readonly alias: string;
  readonly dataKeyArn: string;
  /** Where the bucket of access logs is a resource of the same stack, so that it comes first. */
  readonly accessLogs?: AccessLogBucket | undefined;
  /** Days after which objects expire, by prefix. Nothing expires that the declaration does not name. */
  readonly expireDays?: Readonly<Record<string, number>>;
}

/** A bucket for data: encrypted under the environment's key, its accesses logged. */
export class PrivateBucket extends ClosedBucket {
  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id, props.env, props.alias);
    const bucket = this.bucket.id;
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: props.dataKeyArn },
          bucketKeyEnabled: true,
        },
      ],
    });
    new S3BucketPolicy(this, 'policy', {
      bucket,
      policy: privateBucketPolicy(this.bucket.arn, props.dataKeyArn),
    });
    new S3BucketLoggingA(this, 'access-log', {
      bucket,
      targetBucket: bucketName(props.env, ACCESS_LOGS),
      targetPrefix: `${props.alias}/`,
      ...(props.accessLogs === undefined ? {} : { dependsOn: [props.accessLogs.ready] }),
    });
    const byPrefix = Object.entries(props.expireDays ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    this.expire([
      {
        id: 'tiering',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        transition: [{ days: TIERING_DAYS, storageClass: 'INTELLIGENT_TIERING' }],
      },
      ...byPrefix.map(([prefix, days]) => ({
        id: prefix === '' ? 'expire' : `expire ${prefix}`,
        status: 'Enabled',
        filter: [{ prefix }],
        expiration: [{ days }],
      })),
    ]);
  }
}

/**
 * Takes the other buckets' access logs. S3 delivers them only where its own keys encrypt, hence no
 * key of ours; and it does not log itself, because each log line would cause the next.
 */
export class AccessLogBucket extends ClosedBucket {
  /** Comes to be after the policy by which S3 may write into it. */
  readonly ready: S3BucketPolicy;

  constructor(scope: Construct, id: string, env: Environment) {
    super(scope, id, env, ACCESS_LOGS);
    const bucket = this.bucket.id;
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
    this.ready = new S3BucketPolicy(this, 'policy', {
      bucket,
      policy: accessLogBucketPolicy(this.bucket.arn, {
        account: env.account,
        bucketArns: bucketArn(env, bucketNamePattern(env)),
      }),
    });
    this.expire([
      {
        id: 'expire',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        expiration: [{ days: ACCESS_LOG_DAYS }],
      },
    ]);
  }
}
