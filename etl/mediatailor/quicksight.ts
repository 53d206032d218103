import type { ColumnType } from '../table.ts';
import type { InteractionColumn } from './event-row.ts';
import type { EventLine } from './event-lines.ts';
import { interactionsTable } from './tables.ts';

/** SPICE keeps no longer texts. */
const LONGEST_TEXT = 2047;

const ADS = {
  vast_ad_ids: 'vastAdIds',
  ad_systems: 'adSystems',
  ad_titles: 'adTitles',
  creative_ids: 'creativeIds',
  creative_ad_ids: 'creativeAdIds',
} as const;

const isBase = (column: string): column is InteractionColumn =>
  !column.startsWith('message') && column !== 'log_event_id';

const BASE = Object.keys(interactionsTable.columns).filter(isBase);
const AD_COLUMNS = Object.entries(ADS);

/** Columns of the file for QuickSight, and which of them hold text. */
export const QUICKSIGHT_COLUMNS: ReadonlyMap<string, 'text' | 'time'> = new Map([
  ...BASE.map((name): [string, 'text' | 'time'] => {
    const type: ColumnType = interactionsTable.columns[name];
    return [name, type === 'timestamp' ? 'time' : 'text'];
  }),
  ...Object.keys(ADS).map((name): [string, 'text'] => [name, 'text']),
]);

/** A field of CSV: in quotes where it must be, quotes in it doubled. */
export const csvField = (text: string): string =>
  /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Halves of a character, where the cut goes through one, go as well. */
const cut = (text: string): string =>
  text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT).replace(/[\ud800-\udbff]$/u, '') : text;

export const quickSightHeader = (): string => [...QUICKSIGHT_COLUMNS.keys()].join(',');

/** An event as a line of CSV; ads are written `[a,b]`, empty where there are none. */
export const quickSightLine = ({ row, details }: EventLine): string => {
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
