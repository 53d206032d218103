import type { Counts, TerraformEvent } from '../../terraform/events.ts';
import type { PlanResult } from '../../terraform/plan.ts';
import type { Loss } from '../../terraform/stateful.ts';
import type { Style } from '../output.ts';
import { tableOf } from './table.ts';

/** A stack's plan, or that it can only be planned once another stack is applied. */
export type StackPlan =
  | { readonly stack: string; readonly plan: PlanResult; readonly losses: readonly Loss[] }
  | { readonly stack: string; readonly after: string };

const SIGNS: Readonly<Record<string, string>> = {
  create: '+',
  update: '~',
  replace: '-/+',
  delete: '-',
  move: '>',
  import: '<',
  forget: 'x',
};

/** `2 to add, 1 to change, 0 to destroy` */
export const countsText = ({ add, change, remove, import: imported }: Counts): string =>
  [
    ...(imported > 0 ? [`${imported} to import`] : []),
    `${add} to add`,
    `${change} to change`,
    `${remove} to destroy`,
  ].join(', ');

/** Every changed resource of the stacks, destructive ones in red and with their sign, then a table of counts. */
export const plansText = (plans: readonly StackPlan[], style: Style): string => {
  const listed = plans.flatMap((one) => {
    if (!('plan' in one) || one.plan.changes.length === 0) return [];
    const destructive = new Set(one.plan.destructive.map(({ address }) => address));
    const losses = new Map(one.losses.map(({ address, lost }) => [address, lost]));
    const rank = ({ address }: { readonly address: string }): number =>
      losses.has(address) ? 0 : destructive.has(address) ? 1 : 2;
    const sorted = one.plan.changes.toSorted((a, b) => rank(a) - rank(b));
    const lines = sorted.map(({ address, action, reason }) => {
      const lost = losses.get(address);
      const line = `  ${(SIGNS[action] ?? action).padStart(3)} ${address}${reason === undefined ? '' : ` (${reason.replaceAll('_', ' ')})`}${lost === undefined ? '' : `: loses ${lost}`}`;
      return destructive.has(address) ? style('red', line) : line;
    });
    return [style('bold', one.stack), ...lines, ''];
  });
  const rows = plans.map((one) => {
    if ('after' in one) return [one.stack, '', '', '', `known after ${one.after} is applied`];
    const { counts, hasChanges, destructive } = one.plan;
    const remark =
      destructive.length > 0 ? `${destructive.length} destructive` : hasChanges ? '' : 'no changes';
    return [one.stack, counts.add, counts.change, counts.remove, remark];
  });
  return [...listed, tableOf(['stack', 'add', 'change', 'destroy', ''], rows, [1, 2, 3])].join('\n');
};

/** Machine form of plans. */
export const plansDocument = (plans: readonly StackPlan[]) => ({
  changes: plans.some(hasChanges),
  stacks: plans.map((one) =>
    'after' in one
      ? { stack: one.stack, planned: false, after: one.after }
      : {
          stack: one.stack,
          planned: true,
          hasChanges: one.plan.hasChanges,
          counts: one.plan.counts,
          changes: one.plan.changes,
          destructive: one.plan.destructive.map(({ address }) => address),
          losses: one.losses,
        },
  ),
});

export const hasChanges = (one: StackPlan): boolean => 'after' in one || one.plan.hasChanges;

/** One line for what a person wants to follow while Terraform works; undefined for the rest. */
export const eventLine = (event: TerraformEvent): string | undefined => {
  switch (event.type) {
    case 'done':
      return event.action === 'read'
        ? undefined
        : `${event.address} ${PAST[event.action] ?? event.action} (${event.elapsedSeconds} s)`;
    case 'failed':
      return `${event.address} failed`;
    case 'progress':
      return event.elapsedSeconds % 30 === 0
        ? `${event.address} still working (${event.elapsedSeconds} s)`
        : undefined;
    case 'diagnostic':
      return event.diagnostic.severity === 'warning' && !ON_PURPOSE.has(event.diagnostic.summary)
        ? `warning: ${event.diagnostic.summary}`
        : undefined;
    default:
      return undefined;
  }
};

/** Terraform's warnings about a plan that was kept to some resources. */
const ON_PURPOSE = new Set(['Resource targeting is in effect', 'Applied changes may be incomplete']);

const PAST: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'changed',
  delete: 'destroyed',
  replace: 'replaced',
};
