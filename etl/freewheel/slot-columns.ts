/** The columns of a log that make up a slot, in the order in which `sql/store-slots.sql` takes them. */

export const NUMBERS: readonly string[] = [
  'MaxAds',
  'MaxDuration',
  'TimeUnfilled',
  'AdsSelected',
  'AdDuration',
];

/** No figure depends on it, so a log may lack it. */
export const OPTIONAL_ID = 'VideoAssetId';

/** Ids of the things that a slot belongs to; a missing one is the item `unknown`. */
export const IDS: readonly string[] = [
  'SiteId',
  'SiteSectionId',
  'SeriesId',
  'PlatformDeviceId',
  OPTIONAL_ID,
];

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
  ...NUMBERS,
  ...IDS.filter((name) => name !== OPTIONAL_ID),
];

/** The value of the one event that counts. */
export const SLOT_EVENT = 'slotImpression';
