import { amount, isTrue, text } from './attributes.ts';
import { conditionValues, judgeStatements, resourcePolicies } from './documents.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

const DELETION_DAYS = 30;

export const t48: Rule = {
  id: 'T48',
  demand:
    'Every key rotates, waits 30 days to be deleted, has a policy, and lets in nobody without the service or account through which they come.',
  reason: 'A deleted key deletes all that it encrypted.',
  sameAs: {
    checkov: ['CKV_AWS_7', 'CKV_AWS_33', 'CKV_AWS_227', 'CKV2_AWS_64'],
    trivy: ['AWS-0065'],
    nag: ['AwsSolutions-KMS5'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_kms_key'], (key) => [
      isTrue(key.values, 'enable_key_rotation') || fault('does not rotate', 'Set enable_key_rotation.'),
      text(key.values, 'is_enabled') !== 'false' || fault('is disabled', 'Leave is_enabled out.'),
      amount(key.values, 'deletion_window_in_days') === DELETION_DAYS ||
        fault('can be gone in less than 30 days', 'Set deletion_window_in_days to 30.'),
      text(key.values, 'policy') !== undefined ||
        model.attached(key, 'aws_kms_key_policy', 'key_id').length > 0 ||
        fault('has no policy', 'Write one in policies/key.ts.'),
    ]),
    ...judgeStatements(resourcePolicies(model, 'aws_kms_key', 'aws_kms_key_policy'), (statement) => [
      !statement.allows ||
        !statement.principals.some(({ kind }) => kind === '*') ||
        ['kms:ViaService', 'kms:CallerAccount'].some(
          (condition) => conditionValues(statement, condition, 'StringEquals').length > 0,
        ) ||
        fault('lets in anybody', 'Add the conditions kms:ViaService and kms:CallerAccount.'),
    ]),
  ],
};
