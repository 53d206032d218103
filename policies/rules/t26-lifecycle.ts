import { amount, blocks, text, type Block } from './attributes.ts';
import { judgeBucketPart, takesAccessLogs } from './buckets.ts';
import { fault, type Rule } from './rule.ts';

const MOST_UPLOAD_DAYS = 7;

const prefixOfRule = (rule: Block): string =>
  text(rule, 'filter', 'prefix') ?? text(rule, 'filter', 'and', 'prefix') ?? text(rule, 'prefix') ?? '';

const expires = (rule: Block): boolean =>
  text(rule, 'expiration', 'days') !== undefined || text(rule, 'expiration', 'date') !== undefined;

export const t26: Rule = {
  id: 'T26',
  demand:
    'Every bucket gives up half-done uploads within 7 days, forgets old versions and moves or expires what grows cold; nothing expires that the declaration of the feed does not name.',
  reason: 'Leftovers cost money unseen; data that expires without consent is lost.',
  sameAs: { checkov: ['CKV2_AWS_61', 'CKV_AWS_300'] },
  check: (model) =>
    judgeBucketPart(
      model,
      'aws_s3_bucket_lifecycle_configuration',
      'has no lifecycle',
      ({ values }, bucket) => {
        const rules = blocks(values, 'rule').filter((rule) => text(rule, 'status') === 'Enabled');
        const whole = rules.filter((rule) => prefixOfRule(rule) === '');
        const logs = takesAccessLogs(model, bucket);
        const consent = model.declarations.expireDays[text(bucket.values, 'bucket') ?? ''] ?? {};
        return [
          whole.some(
            (rule) =>
              amount(rule, 'abort_incomplete_multipart_upload', 'days_after_initiation') <= MOST_UPLOAD_DAYS,
          ) || fault('keeps half-done uploads', 'Abort them within 7 days, in the whole bucket.'),
          whole.some((rule) => amount(rule, 'noncurrent_version_expiration', 'noncurrent_days') > 0) ||
            fault('keeps old versions for ever', 'Expire noncurrent versions, in the whole bucket.'),
          whole.some((rule) => blocks(rule, 'transition').length > 0 || (logs && expires(rule))) ||
            fault('never moves what grows cold', 'Add a transition, in the whole bucket.'),
          ...rules.filter(expires).map((rule) => {
            const prefix = prefixOfRule(rule);
            const days = amount(rule, 'expiration', 'days');
            return (
              logs ||
              consent[prefix] === days ||
              fault(
                `expires "${prefix}" without the consent of a declaration`,
                "Name prefix and days in the feed's bucket, or remove the rule.",
              )
            );
          }),
        ];
      },
    ),
};
