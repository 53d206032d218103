import { bucketArn } from '../../config/names.ts';
import { isTrue, text } from './attributes.ts';
import { judgeBucketPart, partOf, takesAccessLogs } from './buckets.ts';
import { conditionValues, speaksOf, statementsOf } from './documents.ts';
import { isKey } from './keys.ts';
import type { Model, Resource } from './model.ts';
import { fault, type Fault, type Rule } from './rule.ts';

const ALGORITHM = 's3:x-amz-server-side-encryption';
const KEY = 's3:x-amz-server-side-encryption-aws-kms-key-id';
const UNLIKE = ['StringNotEquals', 'StringNotEqualsIfExists', 'ArnNotEquals', 'ArnNotEqualsIfExists'];

export const t24: Rule = {
  id: 'T24',
  demand:
    'Every bucket encrypts under a key of the account, with a bucket key, and refuses objects under another; the one that takes access logs encrypts under a key of S3, the only kind to which they are delivered.',
  reason: 'Who may read is then decided twice, and withdrawing the key withdraws the data.',
  sameAs: {
    checkov: ['CKV_AWS_19', 'CKV_AWS_145'],
    trivy: ['AWS-0088', 'AWS-0132'],
  },
  check: (model) =>
    judgeBucketPart(
      model,
      'aws_s3_bucket_server_side_encryption_configuration',
      'has no encryption',
      ({ values }, bucket) => {
        const said = ['rule', 'apply_server_side_encryption_by_default'];
        const algorithm = text(values, ...said, 'sse_algorithm');
        if (takesAccessLogs(model, bucket)) {
          return [
            algorithm === 'AES256' ||
              fault('takes access logs under a key of ours, where S3 delivers none', 'Use AES256.'),
          ];
        }
        const key = text(values, ...said, 'kms_master_key_id');
        return [
          (algorithm === 'aws:kms' && isKey(model, key)) ||
            fault('does not encrypt under a key of the account', 'Use aws:kms and the data key.'),
          isTrue(values, 'rule', 'bucket_key_enabled') ||
            fault('asks KMS for every object', 'Set bucket_key_enabled.'),
          ...refusals(model, bucket, key),
        ];
      },
    ),
};

const refusals = (model: Model, bucket: Resource, key: string | undefined): (Fault | boolean)[] => {
  const policy = partOf(model, bucket, 'aws_s3_bucket_policy');
  const objects = `${bucketArn(model.environment, text(bucket.values, 'bucket') ?? '')}/*`;
  const denials = (statementsOf(text(policy?.values ?? {}, 'policy')) ?? []).filter(
    (statement) =>
      !statement.allows &&
      statement.principals.some(({ kind }) => kind === '*') &&
      speaksOf(statement, 's3:PutObject') &&
      statement.resources.includes(objects),
  );
  const refuses = (header: string, unless: string | undefined): boolean =>
    denials.some((denial) => conditionValues(denial, header, ...UNLIKE).some((value) => value === unless));
  return [
    refuses(ALGORITHM, 'aws:kms') ||
      fault('takes objects under another encryption', `Deny s3:PutObject unless ${ALGORITHM} is aws:kms.`),
    refuses(KEY, key) ||
      fault('takes objects under another key', `Deny s3:PutObject unless ${KEY} is the bucket's key.`),
  ];
};
