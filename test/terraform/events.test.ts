import { expect, test } from '@jest/globals';
import { eventOf } from '../../terraform/events.ts';

const of = (raw: object) => eventOf('s', JSON.stringify(raw));
const resource = { addr: 'aws_s3_bucket.a', resource_type: 'aws_s3_bucket' };
const about = { stack: 's', address: 'aws_s3_bucket.a', resourceType: 'aws_s3_bucket' };

test('planned changes carry action and reason', () => {
  expect(
    of({ type: 'planned_change', change: { resource, action: 'replace', reason: 'cannot_update' } }),
  ).toEqual({
    type: 'planned',
    ...about,
    action: 'replace',
    reason: 'cannot_update',
  });
});

test.each([
  ['apply_start', 'started', {}],
  ['apply_progress', 'progress', { elapsedSeconds: 10 }],
  ['apply_complete', 'done', { elapsedSeconds: 10, id: 'a' }],
  ['apply_errored', 'failed', { elapsedSeconds: 10 }],
])('%s is told as %s', (raw, type, rest) => {
  const hook = { resource, action: 'create', elapsed_seconds: 10, id_value: 'a' };
  expect(of({ type: raw, hook })).toEqual({ type, ...about, action: 'create', ...rest });
});

test('a summary counts, what is missing counts nothing', () => {
  expect(of({ type: 'change_summary', changes: { add: 2, operation: 'apply' } })).toEqual({
    type: 'summary',
    stack: 's',
    operation: 'apply',
    counts: { add: 2, change: 0, remove: 0, import: 0 },
  });
});

test('a diagnostic keeps its address', () => {
  const diagnostic = { severity: 'error', summary: 'no', detail: 'because', address: 'aws_s3_bucket.a' };
  expect(of({ type: 'diagnostic', diagnostic })).toEqual({ type: 'diagnostic', stack: 's', diagnostic });
});

test.each(['', 'plain text', '{"type":"apply_comp', '{"type":"version"}', '{"type":"outputs","outputs":{}}'])(
  'a line that is cut short or of no interest is passed over: %s',
  (line) => expect(eventOf('s', line)).toBeUndefined(),
);
