import { amount, text } from './attributes.ts';
import { trustPolicies } from './documents.ts';
import type { Model } from './model.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

/** Whether a text leads to a role of ours that a service may take. */
const roleOf = (model: Model, value: string | undefined, service: string): boolean => {
  const role = model.find('aws_iam_role', value);
  return trustPolicies(model).some(
    ({ resource, statements = [] }) =>
      resource === role && statements.some(({ principals }) => principals.some(({ id }) => id === service)),
  );
};

export const t36: Rule = {
  id: 'T36',
  demand:
    'Every schedule has a dead-letter queue of ours, a retry policy, a time zone and a role that only the scheduler takes.',
  reason:
    'A start that failed unseen is a day without data. Overlapping starts are held apart by the claims of the ledger, not here.',
  sameAs: {},
  check: (model) => [
    ...judgeEach(model, ['aws_scheduler_schedule'], ({ values }) => [
      model.find('aws_sqs_queue', text(values, 'target', 'dead_letter_config', 'arn')) !== undefined ||
        fault('loses what it could not start', 'Set dead_letter_config to a queue of ours.'),
      (amount(values, 'target', 'retry_policy', 'maximum_retry_attempts') >= 0 &&
        amount(values, 'target', 'retry_policy', 'maximum_event_age_in_seconds') > 0) ||
        fault('does not say how often it tries', 'Set retry_policy.'),
      text(values, 'schedule_expression_timezone') !== undefined ||
        fault('names no time zone', 'Set schedule_expression_timezone.'),
      roleOf(model, text(values, 'target', 'role_arn'), 'scheduler.amazonaws.com') ||
        fault('has no role of its own', 'Give it a role that the scheduler alone may take.'),
    ]),
    ...judgeEach(model, ['aws_cloudwatch_event_target'], ({ values }) => [
      model.find('aws_sqs_queue', text(values, 'dead_letter_config', 'arn')) !== undefined ||
        fault('loses what it could not deliver', 'Set dead_letter_config to a queue of ours.'),
    ]),
  ],
};
