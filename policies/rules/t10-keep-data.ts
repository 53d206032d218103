import { isTrue, text } from './attributes.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

const HOLDS_DATA = [
  'aws_s3_bucket',
  'aws_redshift_cluster',
  'aws_redshiftserverless_namespace',
  'aws_msk_cluster',
  'aws_msk_serverless_cluster',
  'aws_kms_key',
  'aws_ecr_repository',
  'aws_dynamodb_table',
  'aws_cloudwatch_log_group',
  'aws_secretsmanager_secret',
];

export const t10: Rule = {
  id: 'T10',
  demand:
    'What holds data can be destroyed by no apply in a protected environment, and is emptied by Terraform in none; a Redshift cluster leaves a final snapshot in a protected one.',
  reason: 'Data can be lost once. Emptying is our own step, with its own key and its own progress.',
  sameAs: { checkov: ['CKV_AWS_139', 'CKV_AWS_343'] },
  check: (model) =>
    judgeEach(model, HOLDS_DATA, ({ type, values }) => {
      const { protected: kept } = model.environment;
      return [
        !kept ||
          isTrue(values, 'lifecycle', 'prevent_destroy') ||
          fault('can be destroyed in a protected environment', 'Add ...keepData(env).'),
        !(isTrue(values, 'force_destroy') || isTrue(values, 'force_delete')) ||
          fault('is emptied by Terraform when it goes', 'Leave force_destroy out or false.'),
        !kept ||
          type !== 'aws_redshift_cluster' ||
          text(values, 'final_snapshot_identifier') !== undefined ||
          fault('leaves no final snapshot', 'Set final_snapshot_identifier.'),
        !(kept && isTrue(values, 'skip_final_snapshot')) ||
          fault('skips its final snapshot', 'Set skip_final_snapshot to false.'),
      ];
    }),
};
