import type { NamedItem, NamedItemsDocument, SummaryDocument } from '../../etl/freewheel/documents.ts';
import type { Style } from '../output.ts';
import { tableOf, whole } from './table.ts';

/** A class's `summary.json`, as far as it is shown. */
export type ClassSummary = Pick<
  SummaryDocument,
  'class' | 'slots' | 'adOpportunitiesSeconds' | 'monetizedSeconds' | 'unsoldSeconds' | 'sellThrough'
>;

/** Items of one class and dimension, as far as they are shown. */
export type CapacityList = Pick<NamedItemsDocument, 'class' | 'dimension'> & {
  readonly items: readonly Pick<
    NamedItem,
    'id' | 'name' | 'breaks' | 'capacityImpressions' | 'soldImpressions' | 'unsoldImpressions'
  >[];
};

/** The day by class: seconds offered, sold and unsold. */
export const classesText = (summaries: readonly ClassSummary[], style: Style): string =>
  [
    style('bold', 'By class'),
    tableOf(
      ['class', 'breaks', 'hours offered', 'hours sold', 'hours unsold', 'sell-through'],
      summaries.map((summary) => [
        summary.class,
        whole(summary.slots),
        hours(summary.adOpportunitiesSeconds),
        hours(summary.monetizedSeconds),
        hours(summary.unsoldSeconds),
        percent(summary.sellThrough),
      ]),
      [1, 2, 3, 4, 5],
    ),
  ].join('\n');

/** The items with the most capacity. @param most how many */
export const topItemsText = (list: CapacityList, most: number, style: Style): string => {
  const top = list.items
    .toSorted((a, b) => (b.capacityImpressions ?? 0) - (a.capacityImpressions ?? 0))
    .slice(0, most);
  return [
    style('bold', `Most ad capacity by ${list.dimension}, ${list.class}`),
    tableOf(
      ['id', 'name', 'breaks', 'capacity', 'sold', 'unsold'],
      top.map((item) => [
        item.id,
        item.name ?? '(no name)',
        whole(item.breaks),
        impressions(item.capacityImpressions),
        impressions(item.soldImpressions),
        impressions(item.unsoldImpressions),
      ]),
      [2, 3, 4, 5],
    ),
  ].join('\n');
};

const hours = (seconds: number): string => whole(seconds / 3600);
const percent = (share: number | null): string => (share === null ? '' : `${(share * 100).toFixed(1)} %`);
const impressions = (value: number | null): string => (value === null ? '' : whole(value));
