import { text, texts } from './attributes.ts';
import type { Model, Resource, Stack } from './model.ts';
import { fault, judgeEach, located, type Fault, type Rule } from './rule.ts';

const LAG = /^(?:MaxOffsetLag|SumOffsetLag|EstimatedMaxTimeLag)$/;

export const t52: Rule = {
  id: 'T52',
  demand:
    'Every feed has alarms for success that stays away, for rejected rows and for starts that failed; a delivery stream for its freshness, a Kafka cluster for the lag of its consumers; and every alarm tells somebody.',
  reason: 'A feed that stopped is otherwise found by the reader of an empty report.',
  sameAs: {},
  check: (model) => [
    ...model.stacks
      .filter(({ feed, resources }) => feed !== 'shared' && resources.some(({ type }) => STARTS.has(type)))
      .flatMap((stack) =>
        located({ stack: stack.name, address: 'aws_cloudwatch_metric_alarm' }, ofFeed(stack)),
      ),
    ...judgeEach(model, ['aws_sqs_queue'], ({ values }) => [
      !deadLetters(model).has(text(values, 'name') ?? '') ||
        watched(
          model,
          'AWS/SQS',
          /^ApproximateNumberOfMessagesVisible$/,
          'QueueName',
          text(values, 'name'),
        ) ||
        fault('fills without an alarm', 'Add an alarm on ApproximateNumberOfMessagesVisible.'),
    ]),
    ...judgeEach(model, ['aws_kinesis_firehose_delivery_stream'], ({ values }) => [
      watched(
        model,
        'AWS/Firehose',
        /^DeliveryToS3\.DataFreshness$/,
        'DeliveryStreamName',
        text(values, 'name'),
      ) || fault('grows stale without an alarm', 'Add an alarm on DeliveryToS3.DataFreshness.'),
    ]),
    ...judgeEach(model, ['aws_msk_cluster', 'aws_msk_serverless_cluster'], ({ values }) => [
      watched(model, 'AWS/Kafka', LAG, 'Cluster Name', text(values, 'cluster_name')) ||
        fault('lags without an alarm', 'Add an alarm on the lag of its consumers.'),
    ]),
    ...judgeEach(model, ['aws_cloudwatch_metric_alarm'], ({ values }) => [
      texts(values, 'alarm_actions').some((topic) => model.find('aws_sns_topic', topic) !== undefined) ||
        fault('tells nobody', 'Set alarm_actions to the topic of alarms.'),
    ]),
  ],
};

const STARTS = new Set(['aws_scheduler_schedule', 'aws_cloudwatch_event_rule']);

const alarmsOf = ({ resources }: Stack): Resource[] =>
  resources.filter(({ type }) => type === 'aws_cloudwatch_metric_alarm');

const ofFeed = (stack: Stack): (Fault | boolean)[] => {
  const alarms = alarmsOf(stack);
  const metrics = alarms.flatMap(({ values }) => [
    ...texts(values, 'metric_name'),
    ...texts(values, 'metric_query', 'metric', 'metric_name'),
  ]);
  return [
    alarms.some(({ values }) => text(values, 'treat_missing_data') === 'breaching') ||
      fault('None tells when success stays away', 'Add an alarm to which missing data is a breach.'),
    metrics.some((metric) => /reject|quarantine/i.test(metric)) ||
      fault('None tells when rows are rejected', 'Add an alarm on the share of rejected rows.'),
  ];
};

/** Names of the queues that take what could not be started or delivered. */
const deadLetters = (model: Model): Set<string> =>
  new Set(
    [
      ...model
        .of('aws_scheduler_schedule')
        .flatMap(({ values }) => texts(values, 'target', 'dead_letter_config', 'arn')),
      ...model
        .of('aws_cloudwatch_event_target')
        .flatMap(({ values }) => texts(values, 'dead_letter_config', 'arn')),
      ...model
        .of('aws_lambda_function')
        .flatMap(({ values }) => texts(values, 'dead_letter_config', 'target_arn')),
    ].flatMap((arn) => texts(model.find('aws_sqs_queue', arn)?.values ?? {}, 'name')),
  );

const watched = (
  model: Model,
  namespace: string,
  metric: RegExp,
  dimension: string,
  name: string | undefined,
): boolean =>
  model
    .of('aws_cloudwatch_metric_alarm')
    .some(
      ({ values }) =>
        text(values, 'namespace') === namespace &&
        metric.test(text(values, 'metric_name') ?? '') &&
        name !== undefined &&
        text(values, 'dimensions', dimension) === name,
    );
