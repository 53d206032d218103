import { text } from './attributes.ts';
import { judgeBucketPart } from './buckets.ts';
import { fault, type Rule } from './rule.ts';

export const t25: Rule = {
  id: 'T25',
  demand: 'Every bucket keeps versions.',
  reason: 'An overwritten or deleted object can then be had back.',
  sameAs: { checkov: ['CKV_AWS_21'], trivy: ['AWS-0090'] },
  check: (model) =>
    judgeBucketPart(model, 'aws_s3_bucket_versioning', 'has no versioning', ({ values }) => [
      text(values, 'versioning_configuration', 'status') === 'Enabled' ||
        fault('does not keep versions', 'Set the status Enabled.'),
    ]),
};
