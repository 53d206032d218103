import { createHash } from 'node:crypto';
import { isoOf, instantOfIso, instantOfMilliseconds } from './instants.ts';
import { listOf, numberOrNull, recordOf, textOrNull, type Json } from './lenient-json.ts';
import { interactionsTable } from './tables.ts';
import { cutTo, slicesOf, storable } from './texts.ts';

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
  /** Values that were longer than their columns, and an event time that is none. */
  readonly flaws: { readonly cut: number; readonly eventTime: boolean; readonly longMessage: boolean };
}

export interface EventSource {
  readonly logEventId: string;
  /** Milliseconds since 1970. */
  readonly requestTime: number;
  /** The event as it was written. */
  readonly message: string;
  readonly event: Json;
  readonly beaconUri: 'host' | 'full';
}

const MESSAGE_COLUMNS = 4;
/** Redshift's widest column, in bytes. */
const MESSAGE_BYTES = 65_535;

/**
 * An event's id where CloudWatch's own has been taken off: its content. Events that are equal to the last
 * character are then one.
 */
export const contentId = (message: string): string =>
  `sha256-${createHash('sha256').update(message).digest('hex')}`;

const WIDTHS: ReadonlyMap<string, number> = new Map(
  Object.entries(interactionsTable.columns).map(([name, type]) => [
    name,
    Number(/\d+/u.exec(type)?.[0] ?? Infinity),
  ]),
);

const ADDRESS = /^\s*([a-z][a-z0-9+.-]*:)?\/\/(?:[^/?#]*@)?([^/?#\s]+)/iu;

/** Scheme and host, with the port but without user and password; null when there is no host. */
const originOf = (uri: string): { readonly origin: string; readonly host: string } | null => {
  const [, scheme = '', authority] = ADDRESS.exec(uri) ?? [];
  if (authority === undefined) return null;
  const host = authority.replace(/:\d*$/u, '').toLowerCase();
  return { origin: `${scheme.toLowerCase()}//${authority.toLowerCase()}`, host };
};

/** The first header of that name, whatever its case and place. */
const headerOf = (headers: readonly unknown[], name: string) => {
  const found = headers
    .map(recordOf)
    .find((header) => typeof header['name'] === 'string' && header['name'].trim().toLowerCase() === name);
  return { name: textOrNull(found?.['name']), value: textOrNull(found?.['value']) };
};

/** The ads that an event tells of. */
const adsOf = (event: Json): readonly Json[] => {
  const many = listOf(recordOf(event['vastResponse'])['vastAds']);
  const one = event['vastAd'] === undefined ? [] : [event['vastAd']];
  return [...many, ...one].map(recordOf);
};

const valuesOf = (ads: readonly Json[], name: string): readonly string[] =>
  ads.flatMap((ad) => textOrNull(ad[name]) ?? []).map(storable);

const detailsOf = (event: Json, beaconHost: string | null): EventDetails => {
  const avail = recordOf(event['avail']);
  const ads = adsOf(event);
  return {
    filledDuration: numberOrNull(avail['filledDuration']),
    originAvailDuration: numberOrNull(avail['originAvailDuration']),
    numAds: numberOrNull(avail['numAds']),
    beaconHost: beaconHost === null ? null : cutTo(storable(beaconHost), 256),
    vastAdIds: valuesOf(ads, 'vastAdId'),
    adSystems: valuesOf(ads, 'adSystem'),
    adTitles: valuesOf(ads, 'adTitle'),
    creativeIds: valuesOf(ads, 'creativeId'),
    creativeAdIds: valuesOf(ads, 'creativeAdId'),
  };
};

/**
 * One row of an event. Fields that are absent are null, empty ones stay empty; those that no column has are
 * kept in the message.
 */
export const flattenEvent = (source: EventSource): FlatEvent => {
  const { event, message } = source;
  const beacon = recordOf(event['beaconInfo']);
  const headers = listOf(beacon['headers']);
  const [agent, forwarded] = [headerOf(headers, 'user-agent'), headerOf(headers, 'x-forwarded-for')];
  const uri = textOrNull(beacon['beaconUri']);
  const address = uri === null ? null : originOf(uri);
  const given = event['eventTimestamp'];
  const eventTime = instantOfIso(given) ?? instantOfMilliseconds(given);
  const slices = slicesOf(storable(message), MESSAGE_BYTES);
  const longMessage = slices.length > MESSAGE_COLUMNS;
  let cut = 0;
  const fitting = (column: InteractionColumn, value: string | null): string | null => {
    if (value === null) return null;
    const whole = storable(value);
    const kept = cutTo(whole, WIDTHS.get(column) ?? 0);
    if (kept.length < whole.length) cut += 1;
    return kept;
  };
  const text = (column: InteractionColumn, value: unknown) => fitting(column, textOrNull(value));
  const row: InteractionRow = {
    request_time: isoOf(source.requestTime),
    aws_account_id: text('aws_account_id', event['awsAccountId']),
    customer_id: text('customer_id', event['customerId']),
    event_description: text('event_description', event['eventDescription']),
    event_timestamp: eventTime === undefined ? null : isoOf(eventTime),
    event_type: text('event_type', event['eventType']),
    origin_id: text('origin_id', event['originId']),
    request_id: text('request_id', event['requestId']),
    session_id: text('session_id', event['sessionId']),
    session_type: text('session_type', event['sessionType']),
    beacon_info_beacon_http_response_code: text(
      'beacon_info_beacon_http_response_code',
      beacon['beaconHttpResponseCode'],
    ),
    beacon_info_beacon_uri: fitting(
      'beacon_info_beacon_uri',
      source.beaconUri === 'full' ? uri : (address?.origin ?? null),
    ),
    beacon_info_headers_0_name: fitting('beacon_info_headers_0_name', agent.name),
    beacon_info_headers_0_value: fitting('beacon_info_headers_0_value', agent.value),
    beacon_info_headers_1_name: fitting('beacon_info_headers_1_name', forwarded.name),
    beacon_info_headers_1_value: fitting('beacon_info_headers_1_value', forwarded.value),
    beacon_info_tracking_event: text('beacon_info_tracking_event', beacon['trackingEvent']),
    message1: slices[0] ?? null,
    message2: slices[1] ?? null,
    message3: slices[2] ?? null,
    message4: slices[3] ?? null,
    log_event_id: source.logEventId,
  };
  return {
    row,
    details: detailsOf(event, address?.host ?? null),
    flaws: { cut, eventTime: eventTime === undefined && given !== undefined, longMessage },
  };
};
