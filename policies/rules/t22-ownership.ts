import { text } from './attributes.ts';
import { judgeBucketPart } from './buckets.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t22: Rule = {
  id: 'T22',
  demand: 'Every bucket owns its objects, and no ACL is set anywhere.',
  reason: 'ACLs are a second way to grant access that policies do not show.',
  sameAs: {
    checkov: ['CKV2_AWS_65', 'CKV_AWS_20', 'CKV_AWS_57', 'CKV_AWS_375'],
    trivy: ['AWS-0092'],
  },
  check: (model) => [
    ...judgeBucketPart(
      model,
      'aws_s3_bucket_ownership_controls',
      'has no ownership of its objects',
      ({ values }) => [
        text(values, 'rule', 'object_ownership') === 'BucketOwnerEnforced' ||
          fault('does not enforce its ownership', 'Set object_ownership to BucketOwnerEnforced.'),
      ],
    ),
    ...judgeEach(model, ['aws_s3_bucket_acl'], () => [fault('sets an ACL', 'Remove it.')]),
    ...judgeEach(model, ['aws_s3_bucket', 'aws_s3_object'], ({ values }) => [
      text(values, 'acl') === undefined || fault('sets an ACL', 'Remove acl.'),
    ]),
  ],
};
