import { COUNTS, DIMENSIONS, idOf, type Dimension } from './catalogue.ts';
import type { Column, Layout } from './columns.ts';
import type { Random } from '../random.ts';
import type { Defect, Tally } from './truth.ts';

/** Writes the events of ad requests as CSV rows, and counts what they should come to. */

export interface LogFile {
  readonly random: Random;
  readonly layout: Layout;
  readonly tally: Tally;
  /** With the faults that real files have; without them every row is whole. */
  readonly dirty: boolean;
  readonly networkId: string;
  /** Start of the hour that the file covers, in milliseconds since 1970. */
  readonly hour: number;
  /** Slot rows have neither too few nor too many fields, whatever else is wrong. */
  readonly wholeSlots: boolean;
  /** Every id of this file is rendered as `123.0`. */
  readonly decimalIds: boolean;
  emit(row: string): void;
  blankLine(): void;
}

type Row = string[];

const BASE36 = 'abcdefghijklmnopqrstuvwxyz0123456789';
const AD_EVENTS = ['defaultImpression', 'firstQuartile', 'midPoint', 'thirdQuartile', 'complete'];
const BAD_NUMBERS = ['', 'N/A', '-', '12x', '30.5', '-4', 'null'] as const;
const CITIES = ['Lyon', '"Paris, 11e"', 'Besançon', '"Le ""Vieux"" Port"', 'Lille', 'Nantes'] as const;
const GROUPS = ['STB/Linear live', 'CTV/VOD', 'Mobile/VOD', 'Web/VOD'] as const;
const AGENTS = [
  '"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36"',
  '"Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0 Mobile"',
  'AppleCoreMedia/1.0.0.21L227 (Apple TV; U; CPU OS 17_4 like Mac OS X; fr_fr)',
  'SmartTV/Tizen 6.0 player/6.48',
] as const;

const two = (n: number): string => String(n).padStart(2, '0');

const eventTime = (instant: number): string => {
  const t = new Date(instant);
  const day = `${t.getUTCFullYear()}${two(t.getUTCMonth() + 1)}${two(t.getUTCDate())}`;
  return `${day}${two(t.getUTCHours())}${two(t.getUTCMinutes())}${two(t.getUTCSeconds())}`;
};

const breakClassOf = (random: Random, slot: number): string => {
  const u = random.next();
  if (u < 0.04) return 'overlay';
  if (u < 0.06) return 'display';
  if (u < 0.08) return 'pause_midroll';
  if (u < 0.12) return 'postroll';
  return slot === 0 ? 'preroll' : 'midroll';
};

const renderClass = ({ random, dirty }: LogFile, breakClass: string): string => {
  if (!dirty || random.chance(0.8)) return breakClass;
  const u = random.next();
  if (u < 0.6) return breakClass.charAt(0).toUpperCase() + breakClass.slice(1);
  if (u < 0.95) return breakClass.toUpperCase();
  return u < 0.98 ? ` ${breakClass} ` : '';
};

/** @returns how the id stands in the file; what it counts as is the id, or `unknown` when there is none */
const renderId = ({ random, dirty, decimalIds }: LogFile, id: string): string => {
  if (!dirty) return id;
  if (id === 'unknown') return random.chance(0.8) ? '' : 'nan';
  if (decimalIds || random.chance(0.01)) return `${id}.0`;
  return random.chance(0.002) ? ` ${id} ` : id;
};

const MISSING_SHARE: Readonly<Record<Dimension, number>> = {
  series: 0.02,
  sites: 0.001,
  'site-sections': 0.005,
  'platform-devices': 0.01,
};

const ID_COLUMNS: Readonly<Record<Dimension, Column>> = {
  series: 'SeriesId',
  sites: 'SiteId',
  'site-sections': 'SiteSectionId',
  'platform-devices': 'PlatformDeviceId',
};

interface Request {
  readonly row: Row;
  readonly ids: Readonly<Record<Dimension, string>>;
  readonly start: number;
}

/** The fields that all events of one ad request share. */
const request = (file: LogFile): Request => {
  const { random, layout, dirty } = file;
  const row: Row = new Array<string>(layout.header.length).fill('');
  const set = (column: Column, value: string | number): void => void (row[layout.at[column]] = String(value));

  const start = file.hour + random.below(3600) * 1000;
  const indexes = {} as Record<Dimension, number>;
  const ids = {} as Record<Dimension, string>;
  for (const dimension of DIMENSIONS) {
    indexes[dimension] = random.popular(COUNTS[dimension]);
    const missing = dirty && random.chance(MISSING_SHARE[dimension]);
    ids[dimension] = missing ? 'unknown' : String(idOf[dimension](indexes[dimension]));
    set(ID_COLUMNS[dimension], renderId(file, ids[dimension]));
  }
  const video = 700_000_000 + (indexes.series * 10 + random.below(10)) * 917;
  const visitor = random.text(32);
  set('TransactionId', `${start}${random.text(6, '0123456789')}-${random.text(5, BASE36)}`);
  set('EventMultiplier', 1);
  set('LogSampleAmplifier', 1);
  set('HyLDARequest', 0);
  set('ValueChainRole', random.pick(['R', 'D', 'C']));
  set('VideoAssetId', renderId(file, String(video)));
  set('ContentDuration', 600 + random.below(5000));
  set('ContentChannelId', random.below(60));
  set('GenreId', random.below(30));
  set('LanguageId', random.below(9));
  set('TVRatingId', random.below(8));
  set('DaypartId', random.below(6));
  set('EndpointId', 384_000 + random.below(20));
  set('EndpointOwnerId', file.networkId);
  set('StreamType', random.chance(0.8) ? 'VOD' : 'LIVE');
  set('RequestVideoCustomId', `ep-${video}`);
  set('RequestSiteCustomId', `site_${indexes.sites}`);
  set('NetworkId', file.networkId);
  set('ContentProviderPartnerId', file.networkId);
  set('DistributionPartnerId', 384_000 + random.below(20));
  set('PlatformBrowserId', random.below(20));
  set('PlatformOSId', random.below(15));
  set('PlatformGroup', random.pick(GROUPS));
  set('StandardDeviceTypeId', random.below(7));
  set('StandardEnvironmentId', random.below(5));
  set('StandardOSId', random.below(12));
  set('RawUserAgent', random.pick(AGENTS));
  set('CustomVisitorId', visitor);
  set('XifaId', random.chance(0.6) ? random.text(32) : '');
  set('VisitorCity', random.pick(CITIES));
  set('VisitorCountry', 'fr');
  set('VisitorTimeZoneOffset', 1);
  set('ReferrerURL', random.chance(0.4) ? `https://www.example.com/${indexes.series}/${video}` : '');
  set('AudienceItem', random.chance(0.5) ? `${90_000 + random.popular(8000)}|${random.below(9000)}` : '');
  const keyValues = `_fw_vcid2=${visitor}&_fw_gdpr=1&csid=${indexes['site-sections']}&pvrn=${random.below(1e9)}`;
  set('AllRequestKV', dirty && random.chance(0.002) ? `"${keyValues}\nnote=""two lines"""` : keyValues);
  set('PageViewRandom', random.below(1e9));
  set('VideoPlayRandom', random.below(1e9));
  set('GIVTDecisionResult', random.chance(0.97) ? '' : 'I-IRP');
  return { row, ids, start };
};

/** Cuts fields off or appends some; the event's name always stays. */
const misshape = ({ random, layout }: LogFile, row: Row): Row => {
  const keep = layout.at.EventName + 1;
  const cut = keep + random.below(row.length - keep);
  return cut < row.length && random.chance(0.7) ? row.slice(0, cut) : [...row, 'EXTRA', '1'];
};

const SLOT_NUMBERS = {
  maxAds: 'MaxAds',
  maxDuration: 'MaxDuration',
  timeUnfilled: 'TimeUnfilled',
  adsSelected: 'AdsSelected',
  adDuration: 'AdDuration',
} as const;
const NUMBER_COLUMNS = ['MaxAds', 'MaxDuration', 'TimeUnfilled', 'AdsSelected', 'AdDuration'] as const;

const defectOf = ({ random, dirty, wholeSlots }: LogFile): Defect | undefined => {
  if (!dirty) return undefined;
  const u = random.next();
  if (u < 0.001) return 'number';
  if (u < 0.0012) return 'transaction-id';
  return u < 0.0015 && !wholeSlots ? 'field-count' : undefined;
};

/** One ad break: its slot row, the events of its ads, and its end. */
const slot = (file: LogFile, { row: shared, ids, start }: Request, index: number): void => {
  const { random, layout, tally, dirty } = file;
  const breakClass = breakClassOf(random, index);
  const maxAds = 1 + random.below(6);
  const ads = Array.from({ length: random.chance(0.35) ? 0 : 1 + random.below(Math.min(3, maxAds)) }, () =>
    random.pick([10, 15, 20, 30]),
  );
  const adDuration = ads.reduce((sum, seconds) => sum + seconds, 0);
  const maxDuration = maxAds * 30;
  const numbers = {
    maxAds,
    maxDuration,
    timeUnfilled: maxDuration - adDuration,
    adsSelected: ads.length,
    adDuration,
  };
  const position = index * 600;

  const event = (
    name: string,
    type: string,
    second: number,
    fields: Partial<Record<Column, string>>,
  ): Row => {
    const row = shared.slice();
    row[layout.at.EventName] = name;
    row[layout.at.EventType] = type;
    row[layout.at.EventTime] = eventTime(start + (position + second) * 1000);
    row[layout.at.RecordIdentifier] = random.text(16);
    row[layout.at.SlotIndex] = String(index + 1);
    row[layout.at.TimePosition] = String(position);
    for (const [column, value] of Object.entries(fields)) row[layout.at[column as Column]] = value;
    return row;
  };
  const write = (row: Row): void => {
    file.emit(row.join(','));
    tally.rows += 1;
  };
  const other = (row: Row): void => {
    const broken = dirty && random.chance(0.0001);
    if (broken) tally.malformedOthers += 1;
    write(broken ? misshape(file, row) : row);
  };

  const shownClass = renderClass(file, breakClass);
  const row = event('slotImpression', 'S', 0, { TimePositionClass: shownClass });
  for (const [name, column] of Object.entries(SLOT_NUMBERS)) {
    const value = String(numbers[name as keyof typeof numbers]);
    row[layout.at[column]] = dirty && random.chance(0.01) ? `${value}.0` : value;
  }
  const defect = defectOf(file);
  if (defect === undefined) tally.count({ breakClass: shownClass.trim().toLowerCase(), ids, numbers });
  else tally.rejected[defect] += 1;
  if (defect === 'number') row[layout.at[random.pick(NUMBER_COLUMNS)]] = random.pick(BAD_NUMBERS);
  if (defect === 'transaction-id') row[layout.at.TransactionId] = '';
  write(defect === 'field-count' ? misshape(file, row) : row);
  if (dirty && random.chance(0.01))
    other(event('videoslotImpression', 'S', 0, { TimePositionClass: shownClass }));
  if (dirty && random.chance(0.00005)) file.blankLine();

  ads.forEach((seconds, position) => {
    const ad = {
      TimePositionClass: breakClass,
      PositionInSlot: String(position + 1),
      AdUnitId: String(3_000_000 + random.popular(4000)),
      PlacementId: String(40_000_000 + random.popular(5000)),
      CreativeId: String(8_000_000 + random.popular(9000)),
      CreativeRenditionId: String(9_000_000 + random.popular(9000)),
      CreativeDuration: String(seconds),
      GlobalAdvertiserId: String(700 + random.below(900)),
      GlobalBrandId: String(300 + random.below(400)),
      PriceModel: 'CPM',
      NetValue: (random.below(4000) / 100_000).toFixed(5),
      SalesChannelType: random.chance(0.3) ? 'Programmatic' : 'Direct Sold',
    };
    for (const [quarter, name] of AD_EVENTS.entries()) {
      if (quarter > 0 && random.chance(0.28)) break;
      other(event(name, 'I', Math.floor((seconds * quarter) / 4), ad));
    }
    if (random.chance(0.02)) other(event('defaultClick', 'A', 3, ad));
  });
  if (random.chance(0.1)) other(event('slotEnd', 'S', adDuration, { TimePositionClass: breakClass }));
};

/** Writes all events of one ad request: one to four slots with their ads. */
export const writeTransaction = (file: LogFile): void => {
  const shared = request(file);
  for (let index = 0, slots = 1 + file.random.below(4); index < slots; index++) slot(file, shared, index);
};
