import type { Environment } from '../../config/environment.ts';
import { arnOf, prefixOf } from '../../config/names.ts';
import { anything, grant, ours, type Deployed, type Grants } from './grant.ts';

/** Log groups of services, which carry names of their own; what is tagged has no `:*` at its end, all else has. */
const delivered = (env: Environment, { deliveredLogGroups }: Deployed): string[] =>
  deliveredLogGroups.flatMap((name) =>
    ['', ':*'].map((end) => arnOf(env, 'logs', `log-group:${name}${end}`)),
  );

const KEEP_LOG_GROUP =
  'CreateLogGroup DeleteLogGroup AssociateKmsKey DisassociateKmsKey PutRetentionPolicy DeleteRetentionPolicy TagResource UntagResource ListTagsForResource';

/** Logs, the streams and queues that carry events, alarms and what they cost. */
export const observation: Grants = {
  aws_cloudwatch_log_group: [
    ours('logs', KEEP_LOG_GROUP, 'log-group:/@/*', 'log-group:/aws/vendedlogs/states/@/*'),
    grant('logs', KEEP_LOG_GROUP, delivered),
    grant('logs', 'DescribeLogGroups', anything),
  ],
  aws_cloudwatch_log_stream: [
    ours('logs', 'CreateLogStream DeleteLogStream DescribeLogStreams', 'log-group:/@/*'),
  ],
  aws_cloudwatch_log_metric_filter: [
    ours('logs', 'PutMetricFilter DeleteMetricFilter DescribeMetricFilters', 'log-group:/@/*'),
  ],
  aws_cloudwatch_log_subscription_filter: [
    grant('logs', 'PutSubscriptionFilter DeleteSubscriptionFilter DescribeSubscriptionFilters', delivered),
  ],
  aws_cloudwatch_metric_alarm: [
    ours(
      'cloudwatch',
      'PutMetricAlarm DeleteAlarms DescribeAlarms TagResource UntagResource ListTagsForResource',
      'alarm:@-*',
    ),
  ],
  aws_kinesis_firehose_delivery_stream: [
    ours(
      'firehose',
      'CreateDeliveryStream DescribeDeliveryStream UpdateDestination DeleteDeliveryStream StartDeliveryStreamEncryption StopDeliveryStreamEncryption TagDeliveryStream UntagDeliveryStream ListTagsForDeliveryStream',
      'deliverystream/@-*',
    ),
  ],
  aws_sns_topic: [
    ours(
      'sns',
      'CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic TagResource UntagResource ListTagsForResource',
      '@-*',
    ),
  ],
  aws_sns_topic_policy: [ours('sns', 'GetTopicAttributes SetTopicAttributes', '@-*')],
  aws_sns_topic_subscription: [
    ours('sns', 'Subscribe', '@-*'),
    grant('sns', 'GetSubscriptionAttributes Unsubscribe', anything),
  ],
  aws_sqs_queue: [
    ours(
      'sqs',
      'CreateQueue GetQueueAttributes GetQueueUrl SetQueueAttributes DeleteQueue TagQueue UntagQueue ListQueueTags',
      '@-*',
    ),
  ],
  aws_budgets_budget: [
    grant('budgets', 'ViewBudget ModifyBudget TagResource UntagResource ListTagsForResource', (env) => [
      arnOf({ ...env, region: '' }, 'budgets', `budget/${prefixOf(env)}*`),
    ]),
  ],
};
