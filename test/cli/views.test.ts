import { expect, test } from '@jest/globals';
import { resultsText } from '../../cli/applying.ts';
import { filledText } from '../../cli/demo/show.ts';
import { plansDocument, plansText } from '../../cli/views/plan.ts';
import { runText } from '../../cli/views/run.ts';
import type { PlannedChange, PlanResult } from '../../terraform/plan.ts';
import { lossesOf } from '../../terraform/stateful.ts';
import type { StageReport } from '../../etl/runtime/run.ts';

const plain = (_: string, text: string): string => text;
const marked = (format: string, text: string): string => `<${format}>${text}`;

const bucket: PlannedChange = { address: 'aws_s3_bucket.logs', type: 'aws_s3_bucket', action: 'create' };
const key: PlannedChange = {
  address: 'aws_kms_key.data',
  type: 'aws_kms_key',
  action: 'replace',
  reason: 'cannot_update',
};
const plan: PlanResult = {
  stack: 'acme-dev-foundation',
  planFile: '/x',
  hasChanges: true,
  counts: { add: 2, change: 0, remove: 1, import: 0 },
  changes: [bucket, key],
  destructive: [key],
};
const plans = [
  { stack: 'foundation', plan, losses: lossesOf(plan) },
  { stack: 'freewheel', after: 'foundation' },
];

test('a plan lists what changes, first what is lost, and counts it', () => {
  expect(plansText(plans, plain)).toBe(
    [
      'foundation',
      '  -/+ aws_kms_key.data (cannot update): loses everything that is encrypted with it',
      '    + aws_s3_bucket.logs',
      '',
      'stack       add  change  destroy',
      'foundation    2       0        1  1 destructive',
      'freewheel                         known after foundation is applied',
    ].join('\n'),
  );
});

test('what is destroyed or replaced is red', () => {
  expect(plansText(plans, marked)).toContain('<red>  -/+ aws_kms_key.data');
  expect(plansText(plans, marked)).not.toContain('<red>    + ');
});

test('a plan as a document', () => {
  expect(plansDocument(plans)).toMatchObject({
    changes: true,
    stacks: [
      { stack: 'foundation', planned: true, destructive: ['aws_kms_key.data'] },
      { stack: 'freewheel', planned: false, after: 'foundation' },
    ],
  });
});

test('the end of an apply says what became of every stack', () => {
  expect(
    resultsText([
      { stack: 'foundation', result: 'applied', counts: plan.counts, seconds: 61.54 },
      { stack: 'freewheel', result: 'failed', seconds: 2, error: 'no' },
    ]),
  ).toBe(
    [
      'stack       result   added  changed  destroyed  seconds',
      'foundation  applied      2        0          1     61.5',
      'freewheel   failed                                  2.0',
    ].join('\n'),
  );
});

const stage: StageReport = {
  stage: 'slots',
  units: 3,
  unitsFailed: 1,
  rowsIn: 1_234_567,
  rowsOut: 1_234_559,
  rowsRejected: 7,
  rowsDropped: 1,
  bytesIn: 12_345_678,
  bytesOut: 950,
  seconds: 1.25,
  outputs: [],
  rejected: { 'empty-number': 7 },
  dropped: { 'other-event': 1 },
  failures: [{ unit: 'a.csv.gz', reason: 'truncated', detail: 'It ends in the middle.' }],
  notes: ['2 files came late.'],
};

test('a run shows its stages, then failures, rows left out and notes, within 80 columns', () => {
  const shown = runText(
    { feed: 'freewheel', date: '2026-01-15', run: 'r', incomplete: true, stages: [stage] },
    plain,
  );
  expect(shown).toBe(
    [
      'freewheel 2026-01-15',
      'stage  units    rows in   rows out  rejected  bytes in  bytes out  seconds',
      'slots      3  1,234,567  1,234,559         7   12.3 MB      950 B      1.3',
      '',
      'slots: a.csv.gz failed: truncated. It ends in the middle.',
      '',
      'slots: 7 rows rejected: empty-number',
      'slots: 1 row dropped: other-event',
      '',
      'slots: 2 files came late.',
      '',
      'The day is incomplete until the failed units are mended; its figures say so.',
    ].join('\n'),
  );
});

test('a table of the warehouse shows figures to the right, shares as percentages, and leaves empty what has no value', () => {
  const shown = filledText(
    {
      title: 'By class',
      columns: { class: 'text', hours_sold: 'whole', sell_through: 'share' },
      rows: [
        { class: 'midroll', hours_sold: 1234.4, sell_through: 0.5714 },
        { class: 'Café', hours_sold: 0, sell_through: null },
      ],
    },
    plain,
  );
  expect(shown.split('\n')).toEqual([
    'By class',
    'class    hours sold  sell through',
    'midroll       1,234        57.1 %',
    'Café              0',
  ]);
});
