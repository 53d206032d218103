import { amount, isTrue, text } from './attributes.ts';
import { isKey } from './keys.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t45: Rule = {
  id: 'T45',
  demand: 'Every Athena workgroup enforces encrypted results and a limit on what a query may scan.',
  reason: 'A query without a filter scans years and is billed by the byte.',
  sameAs: { checkov: ['CKV_AWS_82', 'CKV_AWS_159'], trivy: ['AWS-0006', 'AWS-0007'] },
  check: (model) =>
    judgeEach(model, ['aws_athena_workgroup'], ({ values }) => {
      const result = ['configuration', 'result_configuration', 'encryption_configuration'];
      return [
        isTrue(values, 'configuration', 'enforce_workgroup_configuration') ||
          fault('lets clients have their own way', 'Set enforce_workgroup_configuration.'),
        (text(values, ...result, 'encryption_option') === 'SSE_KMS' &&
          isKey(model, text(values, ...result, 'kms_key_arn'))) ||
          fault('does not encrypt results under a key of the account', 'Use SSE_KMS and the data key.'),
        amount(values, 'configuration', 'bytes_scanned_cutoff_per_query') > 0 ||
          fault('lets a query scan everything', 'Set bytes_scanned_cutoff_per_query.'),
      ];
    }),
};
