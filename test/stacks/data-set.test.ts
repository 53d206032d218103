import { beforeAll, expect, test } from '@jest/globals';
import { synthesizedApp } from './synthesized-app.ts';
import { reporting } from './toy-feed.ts';

interface Json {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

let resources: Json['resource'];
beforeAll(async () => {
  const app = await synthesizedApp(reporting);
  ({ resource: resources } = app['acme-dev-toy'] as unknown as Json);
});

test('rows are imported from the manifest, times as times', () => {
  expect(resources['aws_quicksight_data_source']?.['data-set-counts_rows-source']).toMatchObject({
    data_source_id: 'acme-dev-toy-counts',
    type: 'S3',
    parameters: {
      s3: {
        manifest_file_location: { bucket: 'acme-dev-toy-data-123456789012', key: 'shown/manifest.json' },
        role_arn: '${aws_iam_role.data-set-counts_reader_role.arn}',
      },
    },
  });
  expect(resources['aws_quicksight_data_set']?.['data-set-counts_rows']).toMatchObject({
    data_set_id: 'acme-dev-toy-counts',
    import_mode: 'SPICE',
    physical_table_map: [
      {
        s3_source: {
          input_columns: [
            { name: 'day', type: 'STRING' },
            { name: 'toy', type: 'STRING' },
          ],
          upload_settings: { format: 'CSV', contains_header: true },
        },
      },
    ],
    logical_table_map: [
      {
        data_transforms: [
          { cast_column_type_operation: { column_name: 'day', new_column_type: 'DATETIME' } },
        ],
      },
    ],
  });
});

test('who has no rule sees no row, and nobody is shown the rules', () => {
  const sets = resources['aws_quicksight_data_set'];
  expect(sets?.['data-set-counts_rows']).toMatchObject({
    row_level_permission_data_set: {
      arn: '${aws_quicksight_data_set.data-set-counts_rules.arn}',
      permission_policy: 'GRANT_ACCESS',
      status: 'ENABLED',
    },
    permissions: [
      {
        principal: 'arn:aws:quicksight:us-east-1:123456789012:user/default/reader',
        actions: expect.not.arrayContaining(['quicksight:UpdateDataSet', 'quicksight:DeleteDataSet']),
      },
    ],
  });
  expect(sets?.['data-set-counts_rules']).not.toHaveProperty('permissions');
  expect(sets?.['data-set-counts_rules']).toMatchObject({
    physical_table_map: [{ s3_source: { input_columns: [{ name: 'UserName' }, { name: 'toy' }] } }],
  });
});

test('rows and rules are taken anew every hour', () => {
  const schedules = resources['aws_quicksight_refresh_schedule'];
  expect(Object.keys(schedules ?? {}).filter((name) => name.startsWith('data-set'))).toEqual([
    'data-set-counts_rows-refresh',
    'data-set-counts_rules-refresh',
  ]);
  expect(schedules?.['data-set-counts_rows-refresh']).toMatchObject({
    schedule: [{ refresh_type: 'FULL_REFRESH', schedule_frequency: [{ interval: 'HOURLY' }] }],
  });
});

test('QuickSight reads what is published, and writes nothing', () => {
  const policy = resources['aws_iam_role_policy']?.['data-set-counts_reader_policy']?.['policy'];
  const { Statement } = JSON.parse(String(policy)) as {
    Statement: readonly { Action: readonly string[]; Resource: unknown }[];
  };
  expect(Statement.flatMap(({ Action }) => Action)).toEqual(['s3:ListBucket', 's3:GetObject', 'kms:Decrypt']);
  expect(Statement[1]?.Resource).toBe('arn:aws:s3:::acme-dev-toy-data-123456789012/shown/*');
});
