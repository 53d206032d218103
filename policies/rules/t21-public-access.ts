import { isTrue } from './attributes.ts';
import { judgeBucketPart } from './buckets.ts';
import { fault, type Rule } from './rule.ts';

const BLOCKS = ['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'];

export const t21: Rule = {
  id: 'T21',
  demand: 'Every bucket has all four blocks against public access.',
  reason: 'They hold even when a policy or an ACL comes to open the bucket by mistake.',
  sameAs: {
    checkov: ['CKV_AWS_53', 'CKV_AWS_54', 'CKV_AWS_55', 'CKV_AWS_56', 'CKV2_AWS_6'],
    trivy: ['AWS-0086', 'AWS-0087', 'AWS-0091', 'AWS-0093', 'AWS-0094'],
    nag: ['AwsSolutions-S2'],
  },
  check: (model) =>
    judgeBucketPart(
      model,
      'aws_s3_bucket_public_access_block',
      'has no block against public access',
      ({ values }) =>
        BLOCKS.map(
          (block) =>
            isTrue(values, block) || fault(`does not ${block.replaceAll('_', ' ')}`, `Set ${block}.`),
        ),
    ),
};
