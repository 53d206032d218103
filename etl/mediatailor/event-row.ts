import { widthOf } from '../runtime/plain-cells.ts';
import { cutTo, slicesOf } from '../runtime/text-width.ts';
import type { DayEvent } from './event-lines.ts';
import { isoOf, instantOfIso, instantOfMilliseconds } from './instants.ts';
import { listOf, numberOrNull, parseObject, recordOf, textOrNull, type Json } from './lenient-json.ts';
import { impressionBeaconTable, interactionsTable } from './tables.ts';
import { storable } from './texts.ts';

export type InteractionColumn = keyof typeof interactionsTable.columns;
export type InteractionRow = Readonly<Record<InteractionColumn, string | null>>;

/** What figures and the file for QuickSight need of an event beyond its row; durations in seconds. */
export interface EventDetails {
  readonly filledDuration: number | null;
  readonly originAvailDuration: number | null;
  readonly numAds: number | null;
  /** Host of the beacon's address. */
  readonly beaconHost: string | null;
  readonly vastAdIds: readonly string[];
  readonly adSystems: readonly string[];
  readonly adTitles: readonly string[];
  readonly creativeIds: readonly string[];
  readonly creativeAdIds: readonly string[];
}

export interface FlatEvent {
  readonly row: InteractionRow;
  readonly details: EventDetails;
  /** Values that were longer than their columns and cut. */
  readonly cut: number;
  /** Whether the event time is none. */
  readonly noEventTime: boolean;
}

/** Bytes that the columns keep. */
export const WIDTHS = Object.fromEntries(
  Object.entries(interactionsTable.columns).map(([name, type]) => [name, widthOf(type) ?? Infinity]),
) as Readonly<Record<InteractionColumn, number>>;
const HOST_BYTES = widthOf(impressionBeaconTable.columns.uri_source) ?? 0;

const MESSAGE_COLUMNS = 4;

/** Whether a message is longer than its columns together. */
export const isBeyondColumns = (message: string): boolean =>
  slicesOf(message, WIDTHS.message1).length > MESSAGE_COLUMNS;

const ADDRESS = /^\s*([a-z][a-z0-9+.-]*:)?\/\/(?:[^/?#]*@)?([^/?#\s]+)/iu;

/** Scheme and host, with the port but without user and password; null when there is no host. */
const originOf = (uri: string): { readonly origin: string; readonly host: string } | null => {
  const [, scheme = '', authority] = ADDRESS.exec(uri) ?? [];
  if (authority === undefined) return null;
  const host = authority.replace(/:\d*$/u, '').toLowerCase();
  return { origin: `${scheme.toLowerCase()}//${authority.toLowerCase()}`, host };
};

interface Header {
  readonly name: string | null;
  readonly value: string | null;
}

const NO_HEADER: Header = { name: null, value: null };

/** The first header of that name, whatever its case and place. */
const headerOf = (headers: readonly unknown[], wanted: string): Header => {
  for (const header of headers) {
    const { name, value } = recordOf(header);
    if (typeof name === 'string' && name.trim().toLowerCase() === wanted)
      return { name, value: textOrNull(value) };
  }
  return NO_HEADER;
};

/** The ads that an event tells of. */
const adsOf = (event: Json): readonly Json[] => {
  const many = listOf(recordOf(event['vastResponse'])['vastAds']);
  const one = event['vastAd'] === undefined ? [] : [event['vastAd']];
  return [...many, ...one].map(recordOf);
};

const valuesOf = (ads: readonly Json[], name: string): readonly string[] =>
  ads.flatMap((ad) => textOrNull(ad[name]) ?? []).map(storable);

type AdDetails = Pick<EventDetails, 'vastAdIds' | 'adSystems' | 'adTitles' | 'creativeIds' | 'creativeAdIds'>;

const NO_ADS: AdDetails = { vastAdIds: [], adSystems: [], adTitles: [], creativeIds: [], creativeAdIds: [] };

const adDetailsOf = (ads: readonly Json[]): AdDetails =>
  ads.length === 0
    ? NO_ADS
    : {
        vastAdIds: valuesOf(ads, 'vastAdId'),
        adSystems: valuesOf(ads, 'adSystem'),
        adTitles: valuesOf(ads, 'adTitle'),
        creativeIds: valuesOf(ads, 'creativeId'),
        creativeAdIds: valuesOf(ads, 'creativeAdId'),
      };

const detailsOf = (event: Json, beaconHost: string | null): EventDetails => {
  const avail = recordOf(event['avail']);
  return {
    filledDuration: numberOrNull(avail['filledDuration']),
    originAvailDuration: numberOrNull(avail['originAvailDuration']),
    numAds: numberOrNull(avail['numAds']),
    beaconHost: beaconHost === null ? null : cutTo(storable(beaconHost), HOST_BYTES),
    ...adDetailsOf(adsOf(event)),
  };
};

/** What no table can hold comes into an event's values by an escape alone. */
const ESCAPE = '\\u';

/**
 * One row of an event. Fields that are absent are null, empty ones stay empty; those that no column has are
 * kept in the message.
 * @param beaconUri what of a beacon's address is kept
 */
export const flattenEvent = (
  { logEventId, requestTime, message }: DayEvent,
  beaconUri: 'host' | 'full',
): FlatEvent => {
  const event = parseObject(message) ?? {};
  const beacon = recordOf(event['beaconInfo']);
  const headers = listOf(beacon['headers']);
  const [agent, forwarded] = [headerOf(headers, 'user-agent'), headerOf(headers, 'x-forwarded-for')];
  const uri = textOrNull(beacon['beaconUri']);
  const address = uri === null ? null : originOf(uri);
  const given = event['eventTimestamp'];
  const eventTime = instantOfIso(given) ?? instantOfMilliseconds(given);
  const whole = storable(message);
  const slices = slicesOf(whole, WIDTHS.message1);
  const isStorable = whole === message && !message.includes(ESCAPE);
  let cut = 0;
  const text = (value: unknown, width: number): string | null => {
    const found = textOrNull(value);
    if (found === null) return null;
    const fit = isStorable ? found : storable(found);
    const kept = cutTo(fit, width);
    if (kept.length < fit.length) cut += 1;
    return kept;
  };
  const row: InteractionRow = {
    request_time: isoOf(requestTime),
    aws_account_id: text(event['awsAccountId'], WIDTHS.aws_account_id),
    customer_id: text(event['customerId'], WIDTHS.customer_id),
    event_description: text(event['eventDescription'], WIDTHS.event_description),
    event_timestamp: eventTime === undefined ? null : isoOf(eventTime),
    event_type: text(event['eventType'], WIDTHS.event_type),
    origin_id: text(event['originId'], WIDTHS.origin_id),
    request_id: text(event['requestId'], WIDTHS.request_id),
    session_id: text(event['sessionId'], WIDTHS.session_id),
    session_type: text(event['sessionType'], WIDTHS.session_type),
    beacon_info_beacon_http_response_code: text(
      beacon['beaconHttpResponseCode'],
      WIDTHS.beacon_info_beacon_http_response_code,
    ),
    beacon_info_beacon_uri: text(beaconUri === 'full' ? uri : address?.origin, WIDTHS.beacon_info_beacon_uri),
    beacon_info_headers_0_name: text(agent.name, WIDTHS.beacon_info_headers_0_name),
    beacon_info_headers_0_value: text(agent.value, WIDTHS.beacon_info_headers_0_value),
    beacon_info_headers_1_name: text(forwarded.name, WIDTHS.beacon_info_headers_1_name),
    beacon_info_headers_1_value: text(forwarded.value, WIDTHS.beacon_info_headers_1_value),
    beacon_info_tracking_event: text(beacon['trackingEvent'], WIDTHS.beacon_info_tracking_event),
    message1: slices[0] ?? null,
    message2: slices[1] ?? null,
    message3: slices[2] ?? null,
    message4: slices[3] ?? null,
    log_event_id: logEventId,
  };
  return {
    row,
    details: detailsOf(event, address?.host ?? null),
    cut,
    noEventTime: eventTime === undefined && given !== undefined,
  };
};
