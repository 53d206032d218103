import { expect, test } from '@jest/globals';
import { errorOf, lockOf } from '../../terraform/diagnostics.ts';

const error = (summary: string, detail = '', address?: string) =>
  errorOf('net', 'apply', [{ severity: 'error', summary, detail, ...(address ? { address } : {}) }], '');

const LOCK = `Error message: operation error S3: PutObject, https response error StatusCode: 412
Lock Info:
  ID:        b9a6b1c8-0000-4000-8000-000000000000
  Path:      states/acme/dev/net.tfstate
  Operation: OperationTypeApply
  Who:       root@builder
  Version:   1.11.4
  Created:   2026-01-02 03:04:05.123456789 +0000 UTC
  Info:      `;

test('a lock is read whole', () => {
  expect(lockOf(LOCK)).toEqual({
    id: 'b9a6b1c8-0000-4000-8000-000000000000',
    path: 'states/acme/dev/net.tfstate',
    operation: 'apply',
    who: 'root@builder',
    created: '2026-01-02T03:04:05Z',
  });
  expect(lockOf('no lock here')).toBeUndefined();
});

test.each([
  ['STATE_LOCKED', 75, 'Error acquiring the state lock', LOCK],
  ['PLAN_STALE', 1, 'Saved plan is stale', ''],
  [
    'ACCESS_DENIED',
    1,
    'creating S3 Bucket',
    'api error AccessDenied: User: u is not authorized to perform: s3:CreateBucket',
  ],
  ['CREDENTIALS_EXPIRED', 69, 'reading', 'api error ExpiredToken: The provided token has expired.'],
  ['CREDENTIALS_MISSING', 69, 'No valid credential sources found', ''],
  [
    'PROVIDER_UNAVAILABLE',
    69,
    'Failed to query available provider packages',
    'could not connect to the registry',
  ],
  ['STATE_BUCKET_MISSING', 69, 'Failed to get existing workspaces', 'S3 bucket "x" does not exist.'],
  ['RESOURCE_EXISTS', 1, 'creating SSM Parameter', 'ParameterAlreadyExists: The parameter already exists.'],
  ['NOT_EMPTY', 77, 'deleting S3 Bucket (data): api error BucketNotEmpty', ''],
  ['CONNECTION_BROKEN', 1, 'reading', 'read tcp 127.0.0.1:1->127.0.0.1:2: use of closed network connection'],
  [
    'CONNECTION_BROKEN',
    1,
    'reading',
    'https response error StatusCode: 0, request send failed, Post "x": EOF',
  ],
  ['AWS_UNREACHABLE', 1, 'reading', 'request send failed, Post "x": dial tcp 192.0.2.1:443: i/o timeout'],
  ['TERRAFORM_FAILED', 1, 'reading', 'read unix @->/tmp/plugin: use of closed network connection'],
  ['AWS_UNREACHABLE', 1, 'reading', 'dial tcp 127.0.0.1:1: connect: connection refused'],
  ['TERRAFORM_FAILED', 1, 'Invalid value', 'must not be empty'],
])('%s is recognised, answers with %i and says what to do', (code, exitCode, summary, detail) => {
  expect(error(summary, detail)).toMatchObject({ code, exitCode, hint: expect.stringMatching(/\w/) });
});

test('a refused action and the holder of a lock are named', () => {
  expect(
    error('creating', 'is not authorized to perform: s3:CreateBucket on x AccessDenied').message,
  ).toContain('s3:CreateBucket');
  expect(error('Error acquiring the state lock', LOCK)).toMatchObject({
    message: expect.stringContaining('root@builder'),
    details: { lock: { path: 'states/acme/dev/net.tfstate' } },
  });
});

test('an unknown failure names the resource; a death without a diagnostic tells the last words', () => {
  expect(error('Invalid value', 'too long', 'aws_s3_bucket.a').message).toBe(
    'Terraform apply of net failed (aws_s3_bucket.a): Invalid value\ntoo long',
  );
  expect(errorOf('net', 'plan', [], 'panic: out of memory').message).toContain('panic: out of memory');
});
