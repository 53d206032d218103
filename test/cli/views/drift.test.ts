import { expect, test } from '@jest/globals';
import { driftedText, driftText } from '../../../cli/views/drift.ts';
import type { StackDrift } from '../../../cli/views/drift.ts';

const plain = (_: string, text: string): string => text;

const attribute = (path: string, values: object) => ({
  name: 'policy',
  path,
  sensitive: false,
  ...values,
});

const drifted: StackDrift = {
  stack: 'foundation',
  drifted: [
    { address: 'aws_sqs_queue.q', type: 'aws_sqs_queue', gone: true, attributes: [] },
    {
      address: 'aws_s3_bucket_policy.p',
      type: 'aws_s3_bucket_policy',
      gone: false,
      attributes: [
        attribute('policy.Statement[0].Effect', { before: 'Deny', after: 'Allow' }),
        attribute('policy.Statement[1]', { before: { Sid: 'OnlyTls' } }),
        attribute('policy.Statement[2]', { after: { Sid: 'Everybody' } }),
      ],
    },
  ],
};

test('what differs is told value by value: changed, gone, new', () => {
  expect(driftedText(drifted, plain).split('\n')).toEqual([
    'foundation: aws_sqs_queue.q is gone',
    'foundation: aws_s3_bucket_policy.p',
    '  policy.Statement[0].Effect: "Deny" is now "Allow"',
    '  policy.Statement[1]: gone, was {"Sid":"OnlyTls"}',
    '  policy.Statement[2]: new, {"Sid":"Everybody"}',
  ]);
});

test('the state is said to be up to date only where it was brought up to date', () => {
  expect(driftedText(drifted, plain)).not.toContain('state');
  expect(driftText([drifted], false, plain)).toContain('`peaches deploy` sets right');
  expect(driftText([drifted], true, plain)).toContain('brought up to date');
  expect(driftText([{ stack: 'fastly', drifted: [] }], true, plain)).toBe('No drift.');
});
