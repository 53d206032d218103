import { amount, text } from './attributes.ts';
import { isKey } from './keys.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

const PROTECTED_DAYS = 365;

export const t49: Rule = {
  id: 'T49',
  demand:
    'Every log group is encrypted under a key of the account and forgets in time: after a year or more in a protected environment.',
  reason: 'Logs that stay for ever are paid for ever, and name people and paths in clear.',
  sameAs: { checkov: ['CKV_AWS_66', 'CKV_AWS_158', 'CKV_AWS_338'], trivy: ['AWS-0017'] },
  check: (model) =>
    judgeEach(model, ['aws_cloudwatch_log_group'], ({ values }) => {
      const days = amount(values, 'retention_in_days');
      return [
        isKey(model, text(values, 'kms_key_id')) ||
          fault('is not encrypted under a key of the account', 'Set kms_key_id to the operations key.'),
        days > 0 || fault('never forgets', 'Set retention_in_days.'),
        !model.environment.protected ||
          days >= PROTECTED_DAYS ||
          fault('forgets within a year', 'Set retention_in_days to 400.'),
      ];
    }),
};
