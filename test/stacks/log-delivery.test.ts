import { beforeAll, describe, expect, test } from '@jest/globals';
import type { AppJson } from '../../policies/rules/model.ts';
import { synthesizedApp } from './synthesized-app.ts';
import { dev, reporting } from './toy-feed.ts';

type Values = Readonly<Record<string, unknown>>;
interface Json {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

const stackOf = (app: AppJson, stack = 'acme-dev-toy'): Json['resource'] =>
  (app[stack] as unknown as Json).resource;
const documentOf = (text: unknown): unknown => JSON.parse(String(text));
const adopting = {
  ...reporting,
  feeds: {
    toy: { tenant: 't1', labels: {}, logGroup: { name: 'vendor/events', exists: true } },
  },
};

describe('log events that a feed wants delivered', () => {
  let resources: Json['resource'];
  let app: AppJson;
  beforeAll(async () => {
    app = await synthesizedApp(reporting);
    resources = stackOf(app);
  });

  test('come from a group that is made under its own name, encrypted, and forgotten in time', () => {
    expect(resources['aws_cloudwatch_log_group']?.['from-events_group']).toMatchObject({
      name: 'vendor/events',
      kms_key_id: expect.stringContaining('operations_key_arn'),
      retention_in_days: 90,
    });
    const foundation = stackOf(app, 'acme-dev-foundation');
    expect(foundation['aws_kms_key']?.['operations-key_key']?.['policy']).toContain(
      'arn:aws:logs:us-east-1:123456789012:log-group:vendor/events',
    );
  });

  test('are all handed on to a stream, by CloudWatch on behalf of this account', () => {
    expect(resources['aws_cloudwatch_log_subscription_filter']?.['from-events_filter']).toMatchObject({
      log_group_name: '${aws_cloudwatch_log_group.from-events_group.name}',
      filter_pattern: '',
      destination_arn: '${aws_kinesis_firehose_delivery_stream.from-events_stream.arn}',
      role_arn: '${aws_iam_role.from-events_hand-on_role.arn}',
      depends_on: ['aws_iam_role_policy.from-events_hand-on_policy'],
    });
    const role = resources['aws_iam_role']?.['from-events_hand-on_role'];
    expect(documentOf(role?.['assume_role_policy'])).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'logs.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': '123456789012' },
            ArnLike: { 'aws:SourceArn': 'arn:aws:logs:us-east-1:123456789012:*' },
          },
        },
      ],
    });
    expect(
      documentOf(resources['aws_iam_role_policy']?.['from-events_hand-on_policy']?.['policy']),
    ).toMatchObject({
      Statement: [
        {
          Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
          Resource: 'arn:aws:firehose:us-east-1:123456789012:deliverystream/acme-dev-toy-events',
        },
      ],
    });
  });

  test('lie by the UTC hour of their arrival, what failed by its kind and day', () => {
    const stream = resources['aws_kinesis_firehose_delivery_stream']?.['from-events_stream'];
    expect(stream).toMatchObject({
      name: 'acme-dev-toy-events',
      server_side_encryption: { enabled: true, key_type: 'CUSTOMER_MANAGED_CMK' },
      extended_s3_configuration: {
        bucket_arn: 'arn:aws:s3:::acme-dev-toy-data-123456789012',
        prefix: 'events/!{timestamp:yyyy/MM/dd/HH}/',
        error_output_prefix: 'events/errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
        buffering_interval: 900,
        buffering_size: 64,
        compression_format: 'UNCOMPRESSED',
        cloudwatch_logging_options: {
          enabled: true,
          log_stream_name: '${aws_cloudwatch_log_stream.from-events_errors-stream.name}',
        },
      },
    });
    expect(resources['aws_cloudwatch_log_group']?.['from-events_errors']).toMatchObject({
      name: '/acme-dev/toy/from-events',
    });
  });

  test('are put by Firehose below their prefix, and nowhere else', () => {
    const { Statement } = documentOf(
      resources['aws_iam_role_policy']?.['from-events_deliver_policy']?.['policy'],
    ) as { Statement: readonly { Sid: string; Resource: unknown }[] };
    expect(Statement.map(({ Sid, Resource }) => [Sid, Resource]).slice(0, 3)).toEqual([
      ['KnowBucket', 'arn:aws:s3:::acme-dev-toy-data-123456789012'],
      ['ListDelivered', 'arn:aws:s3:::acme-dev-toy-data-123456789012'],
      ['Deliver', 'arn:aws:s3:::acme-dev-toy-data-123456789012/events/*'],
    ]);
  });

  test('raise an alarm when they wait for an hour, or can’t be handed on', () => {
    const alarms = resources['aws_cloudwatch_metric_alarm'];
    expect(alarms?.['alarms_stale-events']).toMatchObject({
      metric_name: 'DeliveryToS3.DataFreshness',
      dimensions: { DeliveryStreamName: 'acme-dev-toy-events' },
      threshold: 3600,
    });
    expect(alarms?.['alarms_not-handed-on-events']).toMatchObject({
      metric_name: 'DeliveryErrors',
      dimensions: {
        LogGroupName: 'vendor/events',
        DestinationType: 'Firehose',
        FilterName: 'acme-dev-toy-events',
      },
    });
  });
});

test('a group that is there is subscribed to, and left as it is', async () => {
  const app = await synthesizedApp(adopting);
  const resources = stackOf(app);
  expect(resources['aws_cloudwatch_log_group']?.['from-events_group']).toBeUndefined();
  expect(resources['aws_cloudwatch_log_subscription_filter']?.['from-events_filter']).toMatchObject({
    log_group_name: 'vendor/events',
  });
  const key = stackOf(app, 'acme-dev-foundation')['aws_kms_key']?.['operations-key_key'];
  expect(key?.['policy']).not.toContain('vendor/events');
});

test('without a group nothing of it is made', async () => {
  const resources = stackOf(await synthesizedApp(dev));
  expect(resources['aws_kinesis_firehose_delivery_stream']).toBeUndefined();
  expect(resources['aws_cloudwatch_log_subscription_filter']).toBeUndefined();
  expect(resources['aws_quicksight_data_set']).toBeUndefined();
});
