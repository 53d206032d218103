import type { TableDeclaration } from '../table.ts';

/** Capacity by item: one row a date, class, dimension and id; the figures are those of outputs by item. */
export const capacityTable = {
  name: 'freewheel_capacity',
  columns: {
    date: 'date',
    class: 'varchar(64)',
    dimension: 'varchar(32)',
    id: 'varchar(256)',
    name: 'varchar(2048)',
    breaks: 'bigint',
    max_ads: 'bigint',
    ads_selected: 'bigint',
    time_unfilled_seconds: 'bigint',
    ad_duration_seconds: 'bigint',
    max_duration_seconds: 'bigint',
    average_creative_seconds: 'double',
    capacity_impressions: 'double',
    unsold_impressions: 'double',
    sold_impressions: 'double',
  },
  key: ['date', 'class', 'dimension', 'id'],
} as const satisfies TableDeclaration;
