import type { Random } from '../random.ts';

/** Columns of a V4 log, by group, as a published sample file names them. */
export const COLUMNS = [
  ...['TransactionId', 'EventName', 'EventType', 'EventTime', 'EventMultiplier', 'ConcreteEventId'],
  ...['TriggeringConcreteEventId', 'BillableAbstractEventId', 'RecordIdentifier', 'UniqueIdentifier'],
  ...['OpportunityId', 'PlacementOpportunityId', 'SignalId', 'LogSampleAmplifier', 'HyLDARequest'],
  ...['ValueChainRole', 'MaxAds', 'MaxDuration', 'TimeUnfilled', 'AdsSelected', 'AdDuration', 'SlotIndex'],
  ...['PositionInSlot', 'TimePosition', 'TimePositionClass', 'BreakId', 'CBPId', 'RequestBreakCustomId'],
  ...['AdUnitId', 'AdUnitHash', 'AdUnitTypeId', 'PlacementId', 'CreativeId', 'CreativeRenditionId'],
  ...['CreativeDuration', 'ClockNumber', 'AdDeliveryMethod', 'ContentBrandId', 'GlobalAdvertiserId'],
  ...['GlobalBrandId', 'PriceModel', 'NetValue', 'SalesChannelType', 'SoldOrderID', 'PurchasedOrderId'],
  ...['ScenarioId', 'MRMRuleId', 'ExternalReseller', 'MarketAdSource', 'MarketAdvertiserId'],
  ...['MarketBuyerSeatId', 'MarketDealId', 'MarketUnifiedAdId', 'ProgOpenExchangeRuleId', 'ProgrammerId'],
  ...['SellingPartnerId', 'VideoAssetId', 'SeriesId', 'SiteId', 'SiteSectionId', 'ContentDuration'],
  ...['ContentChannelId', 'ChannelId', 'AiringId', 'ListingId', 'GenreId', 'LanguageId', 'TVRatingId'],
  ...['DaypartId', 'EndpointId', 'EndpointOwnerId', 'LinearDecisionType', 'StreamId', 'StreamType', 'Label'],
  ...['RequestAiringCustomId', 'RequestChannelCustomId', 'RequestSiteCustomId', 'RequestVideoCustomId'],
  ...['NetworkId', 'ContentProviderPartnerId', 'DistributionPartnerId', 'PlatformBrowserId'],
  ...['PlatformDeviceId', 'PlatformOSId', 'PlatformGroup', 'StandardDeviceTypeId', 'StandardEnvironmentId'],
  ...['StandardOSId', 'DeviceId', 'RawUserAgent', 'ParsedUserAgent', 'CustomVisitorId', 'XifaId'],
  ...['VisitorCity', 'VisitorCountry', 'VisitorStateProvince', 'VisitorTimeZoneOffset', 'VisitorZone'],
  ...['ReferrerURL', 'IPEnabledAudience', 'AudienceItem', 'MatchedAudienceItem', 'AllEventKV'],
  ...['AllRequestKV', 'PageViewRandom', 'VideoPlayRandom', 'GIVTDecisionResult'],
] as const;

export type Column = (typeof COLUMNS)[number];

/** Where each column stands in the rows of one file. */
export interface Layout {
  readonly header: readonly Column[];
  readonly at: Readonly<Record<Column, number>>;
}

const layoutOf = (header: readonly Column[]): Layout => ({
  header,
  at: Object.fromEntries(header.map((column, index) => [column, index])) as Record<Column, number>,
});

/** The layout of one file; about a third of the files have their columns in another order. */
export const layoutFrom = (random: Random): Layout => {
  const header: Column[] = [...COLUMNS];
  if (!random.chance(0.35)) return layoutOf(header);
  for (let moves = 1 + random.below(COLUMNS.length); moves > 0; moves--) {
    const [column] = header.splice(random.below(header.length), 1);
    if (column !== undefined) header.splice(random.below(header.length + 1), 0, column);
  }
  return layoutOf(header);
};
