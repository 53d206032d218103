import { expect, test } from '@jest/globals';
import { keptWith, type DataHolder, type StackResources } from '../../terraform/kept.ts';
import type { StateResource } from '../../terraform/state.ts';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1';

const NAMESPACE = 'aws_redshiftserverless_namespace.one';

const resource = (
  address: string,
  attributes: Readonly<Record<string, unknown>>,
  dependencies: readonly string[] = [],
): StateResource => ({ address, type: address.split('.')[0] ?? '', attributes, dependencies });

const bucket = (name: string): StateResource =>
  resource(`aws_s3_bucket.${name}`, { id: name, bucket: name, arn: `arn:aws:s3:::${name}` });

const stacks: StackResources = new Map([
  [
    'foundation',
    [
      resource('aws_kms_key.data', { id: '1', arn: KEY }),
      resource('aws_kms_alias.data', { id: 'alias/data', target_key_id: '1' }, ['aws_kms_key.data']),
      resource('aws_kms_key.other', { id: '2', arn: `${KEY}2` }),
      bucket('access-logs'),
      resource('aws_s3_bucket_policy.access-logs', { bucket: 'access-logs' }, ['aws_s3_bucket.access-logs']),
      resource('aws_ecr_repository.worker', { name: 'acme/worker', encryption: [{ kms_key: KEY }] }, [
        'aws_kms_key.data',
      ]),
      resource('aws_vpc.net', { id: 'vpc-1' }),
    ],
  ],
  [
    'feed',
    [
      bucket('logs'),
      bucket('ids'),
      resource('aws_s3_bucket_server_side_encryption_configuration.logs', {
        bucket: 'logs',
        rule: [{ apply: [{ kms_master_key_id: KEY }] }],
      }),
      resource('aws_s3_bucket_logging.logs', { bucket: 'logs', target_bucket: 'access-logs' }),
      resource('aws_s3_bucket_notification.logs', { bucket: 'logs' }, [
        'aws_s3_bucket.logs',
        'aws_sqs_queue.q',
      ]),
      resource('aws_s3_bucket_versioning.ids', { bucket: 'ids' }),
      resource('aws_s3_object.units', { bucket: 'logs', key: 'units.json' }, ['aws_s3_bucket.logs']),
      resource('aws_sqs_queue.q', { id: 'q' }),
    ],
  ],
]);

const kept = (...holders: DataHolder[]): Record<string, string[]> =>
  Object.fromEntries(
    [...keptWith(stacks, holders)].map(([stack, addresses]) => [stack, [...addresses].sort()]),
  );

test('without data everything goes', () => {
  expect(kept()).toEqual({ foundation: [], feed: [] });
});

test('a bucket stays with what protects it, its key and where its accesses are logged, across stacks', () => {
  expect(kept({ kind: 'bucket', name: 'logs' })).toEqual({
    foundation: [
      'aws_kms_alias.data',
      'aws_kms_key.data',
      'aws_s3_bucket.access-logs',
      'aws_s3_bucket_policy.access-logs',
    ],
    feed: [
      'aws_s3_bucket.logs',
      'aws_s3_bucket_logging.logs',
      'aws_s3_bucket_server_side_encryption_configuration.logs',
    ],
  });
});

test('a repository stays with its key; what holds nothing does not stay for it', () => {
  expect(kept({ kind: 'repository', name: 'acme/worker' })).toEqual({
    foundation: ['aws_ecr_repository.worker', 'aws_kms_alias.data', 'aws_kms_key.data'],
    feed: [],
  });
});

test('the namespace of a warehouse stays with its key and the role that it names', () => {
  const warehouse = [
    resource('aws_iam_role.copy', { name: 'copy' }),
    resource('aws_redshiftserverless_workgroup.one', { workgroup_name: 'one' }, [NAMESPACE]),
    resource(NAMESPACE, { namespace_id: 'n-1', kms_key_id: KEY }, ['aws_iam_role.copy']),
  ];
  const addresses = keptWith(new Map([...stacks, ['warehouse', warehouse]]), [
    { kind: 'namespace', name: 'n-1' },
  ]);
  expect([...(addresses.get('warehouse') ?? [])].sort()).toEqual(['aws_iam_role.copy', NAMESPACE]);
  expect([...(addresses.get('foundation') ?? [])].sort()).toEqual(['aws_kms_alias.data', 'aws_kms_key.data']);
});

test('a bucket that no state knows keeps nothing', () => {
  expect(kept({ kind: 'bucket', name: 'lost' })).toEqual({ foundation: [], feed: [] });
});
