import { text } from './attributes.ts';
import { judgeBucketPart } from './buckets.ts';
import { conditionValues, speaksOf, statementsOf, UNREADABLE, type Statement } from './documents.ts';
import { fault, type Rule } from './rule.ts';
import { bucketArn } from '../../config/names.ts';

const OLDEST = 1.2;
const ACTIONS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'];

/** Whether a statement denies everybody every access to the bucket and its objects. */
const deniesAll = (statement: Statement, arn: string): boolean =>
  !statement.allows &&
  !statement.inverted &&
  statement.principals.some(({ kind }) => kind === '*') &&
  ACTIONS.every((action) => speaksOf(statement, action)) &&
  [arn, `${arn}/*`].every((resource) => statement.resources.includes(resource)) &&
  statement.conditions.length === 1;

export const t23: Rule = {
  id: 'T23',
  demand: 'Every bucket refuses requests without TLS, and with TLS older than 1.2.',
  reason: 'S3 answers plain HTTP unless the bucket itself refuses.',
  sameAs: { checkov: ['CKV_AWS_379'], nag: ['AwsSolutions-S10'] },
  check: (model) =>
    judgeBucketPart(model, 'aws_s3_bucket_policy', 'has no policy', ({ values }, bucket) => {
      const statements = statementsOf(text(values, 'policy'));
      if (statements === undefined) return [UNREADABLE];
      const arn = bucketArn(model.environment, text(bucket.values, 'bucket') ?? '');
      const denials = statements.filter((statement) => deniesAll(statement, arn));
      return [
        denials.some((denial) => conditionValues(denial, 'aws:SecureTransport', 'Bool').includes('false')) ||
          fault('answers requests without TLS', 'Deny all when aws:SecureTransport is false.'),
        denials.some((denial) =>
          conditionValues(denial, 's3:TlsVersion', 'NumericLessThan').some(
            (least) => Number(least) >= OLDEST,
          ),
        ) || fault('answers requests with old TLS', 'Deny all when s3:TlsVersion is less than 1.2.'),
      ];
    }),
};
