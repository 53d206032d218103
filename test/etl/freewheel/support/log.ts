import { gzipSync } from 'node:zlib';

/** Columns of a small log, in an order of its own. */
export const COLUMNS = [
  ...['TransactionId', 'EventName', 'EventTime', 'TimePositionClass', 'MaxAds', 'MaxDuration'],
  ...['TimeUnfilled', 'AdsSelected', 'AdDuration', 'SiteId', 'SiteSectionId', 'SeriesId'],
  ...['VideoAssetId', 'PlatformDeviceId', 'LogSampleAmplifier', 'CustomVisitorId'],
] as const;

export type Row = Partial<Record<(typeof COLUMNS)[number], string | number>>;

/** A slot of the class midroll that can be used. */
export const slot = (values: Row = {}): Row => ({
  TransactionId: '1658739576003835365-o2fab',
  EventName: 'slotImpression',
  EventTime: '20220725085936',
  TimePositionClass: 'midroll',
  MaxAds: 4,
  MaxDuration: 120,
  TimeUnfilled: 0,
  AdsSelected: 4,
  AdDuration: 120,
  SiteId: '11',
  SiteSectionId: '22',
  SeriesId: '33',
  VideoAssetId: '44',
  PlatformDeviceId: '5',
  LogSampleAmplifier: 1,
  CustomVisitorId: 'visitor-7',
  ...values,
});

/** The three slots of the worked example, whose figures can be checked by hand. */
export const WORKED_EXAMPLE: readonly Row[] = [
  slot({ TransactionId: 'T1', SeriesId: 'S1', MaxAds: 6, MaxDuration: 180, TimeUnfilled: 60 }),
  slot({ TransactionId: 'T1', SeriesId: 'S1' }),
  slot({ TransactionId: 'T2', SeriesId: 'S2', TimeUnfilled: 120, AdsSelected: 0, AdDuration: 0 }),
];

/** A log as text. Values are written as they are: quotes are the caller's. */
export const csv = (rows: readonly Row[], columns: readonly string[] = COLUMNS, lineEnd = '\n'): string =>
  [columns, ...rows.map((row) => columns.map((name) => String(row[name as keyof Row] ?? '')))]
    .map((fields) => fields.join(',') + lineEnd)
    .join('');

export const gzipped = (text: string | Buffer): Buffer => gzipSync(text);
