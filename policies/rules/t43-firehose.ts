import { blocks, isTrue, text, texts, type Block } from './attributes.ts';
import { isKey } from './keys.ts';
import type { Model, Resource } from './model.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t43: Rule = {
  id: 'T43',
  demand:
    'A delivery stream encrypts under a key of the account, states its buffers, partitions by the time of the event (batches of log events, which have many, by the UTC hour of their arrival), logs its errors, puts what failed below a prefix with type and date, and keeps what a function changes.',
  reason:
    'Events arrive late: by arrival they land in the wrong day. What failed must be found and played again.',
  sameAs: { checkov: ['CKV_AWS_240', 'CKV_AWS_241'], trivy: ['AWS-0064'], nag: ['AwsSolutions-KDF1'] },
  check: (model) =>
    judgeEach(model, ['aws_kinesis_firehose_delivery_stream'], (stream) => {
      const { values } = stream;
      const [s3] = blocks(values, 'extended_s3_configuration');
      if (s3 === undefined) {
        return [fault('does not deliver into a bucket', 'Set extended_s3_configuration.')];
      }
      const errors = text(s3, 'error_output_prefix') ?? '';
      const pulls = ['kinesis_source_configuration', 'msk_source_configuration'].some(
        (source) => blocks(values, source).length > 0,
      );
      const changed = texts(s3, 'processing_configuration', 'processors', 'type').includes('Lambda');
      return [
        isKey(model, text(s3, 'kms_key_arn')) ||
          fault('delivers under no key of the account', 'Set kms_key_arn.'),
        pulls ||
          (isTrue(values, 'server_side_encryption', 'enabled') &&
            isKey(model, text(values, 'server_side_encryption', 'key_arn'))) ||
          fault('holds records in clear', 'Set server_side_encryption with a key of the account.'),
        (errors.includes('!{firehose:error-output-type}') && errors.includes('!{timestamp:')) ||
          fault('does not tell its errors apart', 'Put error type and date into error_output_prefix.'),
        isTrue(s3, 'cloudwatch_logging_options', 'enabled') ||
          fault('does not log its errors', 'Set cloudwatch_logging_options.'),
        (text(s3, 'buffering_size') !== undefined && text(s3, 'buffering_interval') !== undefined) ||
          fault('does not state its buffers', 'Set buffering_size and buffering_interval.'),
        takesLogs(model, stream)
          ? byHour(s3) || fault('does not partition by the hour', `End prefix in ${HOUR_OF_ARRIVAL}.`)
          : byKey(s3) ||
            fault('partitions by the time of arrival', 'Partition by a key that the record carries.'),
        !changed ||
          text(s3, 's3_backup_mode') === 'Enabled' ||
          fault('keeps no copy of what a function changes', 'Set s3_backup_mode to Enabled.'),
      ];
    }),
};

const HOUR_OF_ARRIVAL = '!{timestamp:yyyy/MM/dd/HH}/';

/** CloudWatch compresses many events into a record, so that no key can be read out of it. */
const takesLogs = (model: Model, stream: Resource): boolean =>
  model.attached(stream, 'aws_cloudwatch_log_subscription_filter', 'destination_arn').length > 0;

const byHour = (s3: Block): boolean =>
  (text(s3, 'prefix') ?? '').endsWith(HOUR_OF_ARRIVAL) && (text(s3, 'custom_time_zone') ?? 'UTC') === 'UTC';

const byKey = (s3: Block): boolean =>
  isTrue(s3, 'dynamic_partitioning_configuration', 'enabled') &&
  /!\{partitionKeyFrom(?:Query|Lambda):/.test(text(s3, 'prefix') ?? '');
