/** The columns of a log that make up a slot, and their names in the slots' Parquet files. */

export const NUMBERS = {
  MaxAds: 'max_ads',
  MaxDuration: 'max_duration',
  TimeUnfilled: 'time_unfilled',
  AdsSelected: 'ads_selected',
  AdDuration: 'ad_duration',
} as const;

/** Ids of the things that a slot belongs to; a missing one is the item `unknown`. */
export const IDS = {
  SiteId: 'site_id',
  SiteSectionId: 'site_section_id',
  SeriesId: 'series_id',
  PlatformDeviceId: 'platform_device_id',
  VideoAssetId: 'video_asset_id',
} as const;

/** No figure depends on it, so a log may lack it. */
export const OPTIONAL_ID = 'VideoAssetId';

export const EVENT_NAME = 'EventName';
export const TRANSACTION_ID = 'TransactionId';
export const CLASS = 'TimePositionClass';
/** Says that the log is a sample when it isn't 1. Not needed. */
export const AMPLIFIER = 'LogSampleAmplifier';

/** A file without one of these can't be used. */
export const NEEDED: readonly string[] = [
  EVENT_NAME,
  TRANSACTION_ID,
  CLASS,
  ...Object.keys(NUMBERS),
  ...Object.keys(IDS).filter((name) => name !== OPTIONAL_ID),
];

/** The value of the one event that counts. */
export const SLOT_EVENT = 'slotImpression';
