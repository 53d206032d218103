import { blocks, text } from './attributes.ts';
import { isKey } from './keys.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t46: Rule = {
  id: 'T46',
  demand:
    'The Glue catalog is encrypted, here or by whoever keeps the account, jobs and crawlers have a security configuration, and partitioned tables project their partitions.',
  reason: 'A projected partition is there when its objects are; a crawler finds it later, or differently.',
  sameAs: {
    checkov: ['CKV_AWS_94', 'CKV_AWS_99', 'CKV_AWS_195'],
    nag: ['AwsSolutions-GL1', 'AwsSolutions-GL3'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_glue_catalog_database'], () => [
      model.environment.existing?.catalogEncryption === true ||
        model
          .of('aws_glue_data_catalog_encryption_settings')
          .some(({ values }) =>
            isKey(
              model,
              text(values, 'data_catalog_encryption_settings', 'encryption_at_rest', 'sse_aws_kms_key_id'),
            ),
          ) ||
        fault(
          'lies in a catalog in clear',
          'Add aws_glue_data_catalog_encryption_settings with a key of the account.',
        ),
    ]),
    ...judgeEach(model, ['aws_glue_job', 'aws_glue_crawler'], ({ values }) => [
      model.find('aws_glue_security_configuration', text(values, 'security_configuration')) !== undefined ||
        fault('has no security configuration', 'Set security_configuration.'),
    ]),
    ...judgeEach(model, ['aws_glue_catalog_table'], ({ values }) => [
      blocks(values, 'partition_keys').length === 0 ||
        text(values, 'parameters', 'projection.enabled') === 'true' ||
        fault('waits for somebody to add its partitions', 'Set the parameter projection.enabled.'),
    ]),
  ],
};
