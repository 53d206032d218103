import { expect, test } from '@jest/globals';
import { resourceOf } from '../../terraform/inventory.ts';

test.each([
  ['arn:aws:s3:::acme-logs', 's3', 'bucket', 'acme-logs', true],
  ['arn:aws:sqs:us-east-1:123456789012:dead', 'sqs', 'queue', 'dead', false],
  ['arn:aws:iam::123456789012:role/acme-dev-x', 'iam', 'role', 'acme-dev-x', false],
  ['arn:aws:kms:us-east-1:123456789012:key/1-2', 'kms', 'key', '1-2', true],
  ['arn:aws:logs:us-east-1:123456789012:log-group:/acme/x', 'logs', 'log-group', '/acme/x', true],
  [
    'arn:aws:ecr:us-east-1:123456789012:repository/acme-dev/worker',
    'ecr',
    'repository',
    'acme-dev/worker',
    true,
  ],
  ['arn:aws:ec2:us-east-1:123456789012:natgateway/nat-1', 'ec2', 'natgateway', 'nat-1', true],
  ['arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1', 'ec2', 'vpc', 'vpc-1', false],
])('%s is understood', (arn, service, kind, name, billable) => {
  expect(resourceOf(arn)).toEqual({ arn, service, kind, name, billable });
});
