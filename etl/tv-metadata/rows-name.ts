import type { ArrayName } from './tables.ts';

/** Name of the file with a region's rows of one table. */
export const rowsName = (array: ArrayName, date: string, region: string): string =>
  `${array}/date=${date}/region=${region}.ndjson.gz`;

/** The region of a file of rows. */
export const regionOfRows = (name: string): string => /region=(.*)\.ndjson\.gz$/u.exec(name)?.[1] ?? '';
