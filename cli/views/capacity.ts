import type { Style } from '../output.ts';
import { tableOf, whole } from './table.ts';

/** A class's `summary.json`, as far as it is shown. */
export interface ClassSummary {
  readonly class: string;
  readonly slots: number;
  readonly adOpportunitiesSeconds: number;
  readonly monetizedSeconds: number;
  readonly unsoldSeconds: number;
  readonly sellThrough: number | null;
}

export interface CapacityItem {
  readonly id: string;
  readonly name: string | null;
  readonly breaks: number;
  readonly capacityImpressions: number | null;
  readonly soldImpressions: number | null;
  readonly unsoldImpressions: number | null;
}

/** Items of one class and dimension. */
export interface CapacityList {
  readonly class: string;
  readonly dimension: string;
  readonly items: readonly CapacityItem[];
}

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
