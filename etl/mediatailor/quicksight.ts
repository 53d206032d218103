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
const AD_COLUMNS = Object.entries(ADS);

/** A field of CSV: in quotes where it must be, quotes in it doubled. */
export const csvField = (text: string): string =>
  /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Halves of a character, where the cut goes through one, go as well. */
const cut = (text: string): string =>
  text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT).replace(/[\ud800-\udbff]$/u, '') : text;

export const quickSightHeader = (): string => [...QUICKSIGHT_COLUMNS.keys()].join(',');

/** An event as a line of CSV; ads are written `[a,b]`, empty where there are none. */
export const quickSightLine = ({ row, details }: Pick<FlatEvent, 'row' | 'details'>): string => {
  const base = BASE.map((column) => row[column] ?? '');
  const ads = AD_COLUMNS.map(([, name]) =>
    details[name].length === 0 ? '' : `[${details[name].join(',')}]`,
  );
  return [...base, ...ads].map((text) => csvField(cut(text))).join(',');
};

/**
 * A manifest for a QuickSight data source in S3: CSV with a header. A prefix takes all that lies below it.
 * @param locations `{ URIs }` or `{ URIPrefixes }`, `s3://` addresses
 */
export const quickSightManifest = (
  location: { readonly URIs: readonly string[] } | { readonly URIPrefixes: readonly string[] },
): string => {
  const globalUploadSettings = { format: 'CSV', delimiter: ',', textqualifier: '"', containsHeader: 'true' };
  return `${JSON.stringify({ fileLocations: [location], globalUploadSettings }, undefined, 2)}\n`;
};
