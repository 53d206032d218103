import type { FlatEvent, InteractionColumn } from './event-row.ts';
import { QUICKSIGHT_COLUMNS, type AdColumn } from './tables.ts';

/** SPICE keeps no longer texts. */
const LONGEST_TEXT = 2047;

const ADS = {
  vast_ad_ids: 'vastAdIds',
  ad_systems: 'adSystems',
  ad_titles: 'adTitles',
  creative_ids: 'creativeIds',
  creative_ad_ids: 'creativeAdIds',
} as const satisfies Record<AdColumn, string>;

const BASE = [...QUICKSIGHT_COLUMNS.keys()].filter((column) => !(column in ADS)) as InteractionColumn[];
const AD_FIELDS = Object.values(ADS);

/** A field of CSV: in quotes where it must be, quotes in it doubled. */
export const csvField = (text: string): string =>
  /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Halves of a character, where the cut goes through one, go as well. */
const cut = (text: string): string =>
  text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT).replace(/[\ud800-\udbff]$/u, '') : text;

export const quickSightHeader = (): string => [...QUICKSIGHT_COLUMNS.keys()].join(',');

/** An event as a line of CSV; ads are written `[a,b]`, empty where there are none. */
export const quickSightLine = ({ row, details }: Pick<FlatEvent, 'row' | 'details'>): string => {
  let line = '';
  for (const column of BASE) {
    const text = row[column];
    line += text === null ? ',' : `${csvField(cut(text))},`;
  }
  for (const ad of AD_FIELDS) {
    const values = details[ad];
    line += values.length === 0 ? ',' : `${csvField(cut(`[${values.join(',')}]`))},`;
  }
  return line.slice(0, -1);
};

/**
 * A manifest for a QuickSight data source in S3: CSV with a header. A prefix takes all that lies below it.
 * @param location `{ URIs }` or `{ URIPrefixes }`, `s3://` addresses
 */
export const quickSightManifest = (
  location: { readonly URIs: readonly string[] } | { readonly URIPrefixes: readonly string[] },
): string => {
  const globalUploadSettings = { format: 'CSV', delimiter: ',', textqualifier: '"', containsHeader: 'true' };
  return `${JSON.stringify({ fileLocations: [location], globalUploadSettings }, undefined, 2)}\n`;
};
