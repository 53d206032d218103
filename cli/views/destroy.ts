import type { Environment } from '../../config/environment.ts';
import type { FoundResource } from '../../terraform/inventory.ts';
import { contentsText } from '../data-holders.ts';
import type { FilledHolder } from '../data-holders.ts';
import { tableOf } from './table.ts';

/** What will go, and what stays or goes of the data. */
export const intentText = (
  stacks: readonly string[],
  resources: readonly FoundResource[],
  holders: readonly FilledHolder[],
  deleteData: boolean,
): string =>
  [
    `To be destroyed: ${stacks.join(', ')}; ${resources.length} resources are there now.`,
    ...(holders.length === 0
      ? []
      : [deleteData ? 'Deleted with all they hold:' : 'Kept, with their keys:', holdersTable(holders)]),
  ].join('\n');

const holdersTable = (holders: readonly FilledHolder[]): string =>
  tableOf(
    ['what', 'name', 'holds'],
    holders.map((holder) => [holder.kind, holder.name, contentsText(holder.kind, holder)]),
  );

/**
 * What stayed because it holds data, why, and how it goes too; empty when nothing did.
 * @param names stacks that were named; none: all
 */
export const keptText = (
  { name, deleteData }: Pick<Environment, 'name' | 'deleteData'>,
  holders: readonly FilledHolder[],
  addresses: number,
  names: readonly string[],
): string => {
  if (holders.length === 0) return '';
  const allowed = deleteData ? '' : `set "deleteData" to true for ${name} in the configuration, then `;
  return [
    'Kept, because they hold data:',
    holdersTable(holders),
    `With them stay their keys, policies and settings, ${addresses} resources in all.`,
    '`peaches up` takes them into use again.',
    `To delete the data too: ${allowed}\`${['peaches destroy', ...names].join(' ')} --delete-data\`.`,
  ].join('\n');
};

/** @param left what is neither gone nor kept */
export const leftText = (left: readonly FoundResource[], keptSomething: boolean): string => {
  if (left.length === 0) return keptSomething ? 'Nothing else is left.' : 'Nothing is left.';
  const costs = left.some(({ billable }) => billable);
  const rows = left.map(({ service, kind, name, billable, goneAt }) => [
    `${service} ${kind}`,
    name,
    goneAt === undefined ? (billable ? 'costs something' : 'costs nothing') : `gone at ${goneAt}`,
  ]);
  return [
    costs
      ? 'Left behind:'
      : `Nothing ${keptSomething ? 'else ' : ''}that costs anything is left. Still there:`,
    tableOf(['what', 'name', ''], rows),
  ].join('\n');
};
