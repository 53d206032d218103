import { expect, test } from '@jest/globals';
import { planResultOf, shownPlanOf } from '../../terraform/plan.ts';
import type { Action, TerraformEvent } from '../../terraform/events.ts';

const planned = (address: string, action: Action): TerraformEvent => ({
  type: 'planned',
  stack: 's',
  address,
  resourceType: address.split('.')[0]!,
  action,
});

test('changes are listed without reads and no-ops; deletions and replacements are destructive', () => {
  const events: TerraformEvent[] = [
    planned('aws_a.new', 'create'),
    planned('aws_a.same', 'noop'),
    planned('data.aws_b.read', 'read'),
    planned('aws_a.other', 'replace'),
    planned('aws_a.gone', 'delete'),
    { type: 'summary', stack: 's', operation: 'plan', counts: { add: 2, change: 0, remove: 2, import: 0 } },
  ];
  const plan = planResultOf('s', 'file', 2, events);
  expect(plan).toMatchObject({ hasChanges: true, counts: { add: 2, remove: 2 } });
  expect(plan.changes.map(({ address }) => address)).toEqual(['aws_a.new', 'aws_a.other', 'aws_a.gone']);
  expect(plan.destructive.map(({ address }) => address)).toEqual(['aws_a.other', 'aws_a.gone']);
});

test('what a refresh found is no change of the plan', () => {
  const drifted: TerraformEvent = { ...planned('aws_a.x', 'update'), type: 'drifted' } as TerraformEvent;
  expect(planResultOf('s', 'file', 0, [drifted])).toMatchObject({ hasChanges: false, changes: [] });
  expect(planResultOf('s', 'file', 2, [drifted], 'drifted').changes).toHaveLength(1);
});

test('attributes that differ are shown, sensitive and unknown values are not', () => {
  const document = JSON.stringify({
    format_version: '1.2',
    resource_changes: [
      {
        address: 'aws_a.x',
        type: 'aws_a',
        change: {
          actions: ['update'],
          before: { same: 1, name: 'old', secret: 'planted-1', nested: { key: 'planted-2' } },
          after: { same: 1, name: 'new', secret: 'planted-3', nested: { key: 'planted-4' } },
          after_unknown: { arn: true },
          before_sensitive: { secret: true },
          after_sensitive: { nested: { key: true } },
        },
      },
      { address: 'aws_a.y', type: 'aws_a', change: { actions: ['no-op'], before: {}, after: {} } },
    ],
  });
  const { changes, drift } = shownPlanOf('s', document);
  expect(drift).toEqual([]);
  expect(changes).toHaveLength(1);
  expect(changes[0]!.attributes).toEqual([
    { name: 'arn', sensitive: false, unknown: true },
    { name: 'name', before: 'old', after: 'new', sensitive: false, unknown: false },
    { name: 'nested', sensitive: true, unknown: false },
    { name: 'secret', sensitive: true, unknown: false },
  ]);
  expect(JSON.stringify(changes)).not.toContain('planted');
});

test('I9: a plan of an unknown format is refused', () => {
  expect(() => shownPlanOf('s', '{"format_version":"2.0"}')).toThrow(
    expect.objectContaining({ code: 'PLAN_FORMAT_UNKNOWN', exitCode: 1 }),
  );
});
