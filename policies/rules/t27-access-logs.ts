import { ACCESS_LOGS } from '../../config/names.ts';
import { text } from './attributes.ts';
import { partOf, takesAccessLogs } from './buckets.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t27: Rule = {
  id: 'T27',
  demand: 'Every bucket logs its accesses into a bucket of ours that does not log itself.',
  reason: 'Who read what is asked after a leak; a bucket that logs itself makes an entry for every entry.',
  sameAs: { checkov: ['CKV_AWS_18'], trivy: ['AWS-0089'], nag: ['AwsSolutions-S1'] },
  check: (model) =>
    judgeEach(model, ['aws_s3_bucket'], (bucket) => {
      const logging = partOf(model, bucket, 'aws_s3_bucket_logging');
      if (takesAccessLogs(model, bucket)) {
        return [logging === undefined || fault('takes access logs and logs itself', 'Remove its logging.')];
      }
      if (logging === undefined) {
        return [fault('does not log its accesses', 'Add aws_s3_bucket_logging.')];
      }
      const target = text(logging.values, 'target_bucket');
      return [
        target === model.environment.existing?.buckets?.[ACCESS_LOGS] ||
          model.find('aws_s3_bucket', target) !== undefined ||
          fault('logs its accesses into a bucket of no stack', 'Log into the bucket of access logs.'),
      ];
    }),
};
