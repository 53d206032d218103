import type { Random } from '../random.ts';

/** An event of MediaTailor as the generator means it, before it is written down. */
export interface InventedEvent {
  /** Milliseconds since 1970, as CloudWatch took it. */
  readonly requestTime: number;
  readonly eventType: string;
  readonly originId: string;
  readonly requestId: string;
  readonly sessionId: string;
  /** Null where the event is no beacon, or its headers lack it. */
  readonly forwardedFor: string | null;
  readonly trackingEvent: string | null;
  readonly beaconHost: string | null;
  /** Durations in seconds; null where the event tells of no ad break. */
  readonly filledDuration: number | null;
  readonly originAvailDuration: number | null;
  readonly numAds: number | null;
  readonly vastAdIds: readonly string[];
  /** The event as JSON. */
  readonly message: string;
}

export const ACCOUNT = '111122223333';
const ORIGINS = ['linear-prd-59-demo', 'linear-prd-60-demo', 'vod-prd-7-demo'] as const;
const HOSTS = ['ads.example.com', 'beacons.example.co.uk', 'track.example.net:8443'] as const;
const TRACKING = ['impression', 'start', 'firstQuartile', 'midpoint', 'thirdQuartile', 'complete'] as const;
const AGENTS = ['Roku/DVP-9', 'Mozilla/5.0 (X11; Linux) "Sample", like Gecko', 'AppleTV/13 – tvOS'] as const;

/** Parts of a thousand. */
const TYPES: readonly (readonly [string, number])[] = [
  ['BEACON_FIRED', 560],
  ['FILLED_AVAIL', 110],
  ['FILLED_OVERLAY_AVAIL', 10],
  ['VAST_RESPONSE', 110],
  ['MAKING_ADS_REQUEST', 100],
  ['AD_MARKER_FOUND', 50],
  ['EMPTY_VAST_RESPONSE', 20],
  ['ERROR_ADS_TIMEOUT', 20],
  ['ERROR_FIRING_BEACON_FAILED', 10],
  ['PRE_ADS_REQUEST_HOOK_ERROR', 5],
  ['WARNING_NO_ADVERTISEMENTS', 5],
];

const typeOf = (random: Random): string => {
  let rest = random.below(1000);
  for (const [type, share] of TYPES) {
    if (rest < share) return type;
    rest -= share;
  }
  return 'BEACON_FIRED';
};

/** Seconds with up to three decimals. */
const seconds = (random: Random, most: number): number => random.below(most * 1000) / 1000;

/** `2021-03-01T10:00:00Z` where the milliseconds are none, else with as many digits as it takes. */
const eventTimestamp = (time: number): string => {
  const text = new Date(time).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, 19)}Z` : text.replace(/0+Z$/, 'Z');
};

/** Two headers in MediaTailor's order; with faults in another order and case, or fewer. */
const headersOf = (random: Random, address: string, dirty: boolean) => {
  const agent = { name: 'User-Agent', value: random.pick(AGENTS) };
  const forwarded = { name: 'X-Forwarded-For', value: address };
  if (!dirty || random.chance(0.9)) return { headers: [agent, forwarded], forwardedFor: address };
  const odd = { name: 'x-forwarded-FOR', value: address };
  return random.chance(0.5)
    ? { headers: [{ name: 'Accept', value: '*/*' }, odd, agent], forwardedFor: address }
    : { headers: [agent], forwardedFor: null };
};

const adOf = (random: Random) => ({
  vastAdId: String(1000 + random.popular(500)),
  adSystem: 'Sample "Ads", Inc.',
  adTitle: `Spot ${random.popular(500)} – ünïcode`,
  creativeId: String(7000 + random.popular(500)),
  creativeAdId: `c-${random.popular(500)}`,
  duration: seconds(random, 60),
  vastMediaFiles: [
    { uri: `https://media.example.com/${random.text(12)}.mp4`, bitrate: 1000 + random.below(9000) },
  ],
});

/** Characters of one to four bytes, so that cuts at any byte fall into all of them. */
const LONG_TEXT = 'aé€😀"\\';

export interface EventTerms {
  readonly random: Random;
  readonly requestTime: number;
  /** Viewers of the hour. */
  readonly sessions: number;
  readonly dirty: boolean;
  /** Least length of the message, in bytes. */
  readonly bytes?: number;
}

/** Invents one event. */
export const inventEvent = ({
  random,
  requestTime,
  sessions,
  dirty,
  bytes = 0,
}: EventTerms): InventedEvent => {
  const eventType = typeOf(random);
  const viewer = random.popular(sessions);
  const originId = ORIGINS[viewer % ORIGINS.length] ?? ORIGINS[0];
  const sessionId = `5e55${String(viewer).padStart(8, '0')}`;
  const requestId = `${random.text(8)}-${random.text(12)}`;
  const isBeacon = eventType.includes('BEACON');
  const isFilled = eventType.startsWith('FILLED_');
  const host = random.pick(HOSTS);
  const trackingEvent = isBeacon ? random.pick(TRACKING) : null;
  const { headers, forwardedFor } = headersOf(random, `203.0.113.${viewer % 200}`, dirty);
  const originAvailDuration = isFilled ? 30 + seconds(random, 90) : null;
  const filledDuration =
    originAvailDuration === null ? null : Math.round(originAvailDuration * random.next() * 1000) / 1000;
  const numAds = isFilled ? random.below(6) : null;
  const ads =
    eventType === 'VAST_RESPONSE' ? Array.from({ length: 1 + random.below(3) }, () => adOf(random)) : [];
  const event = {
    eventType,
    eventTimestamp: eventTimestamp(requestTime - random.below(500)),
    requestId,
    sessionType: 'HLS',
    eventDescription: dirty && random.chance(0.01) ? 'holds {"messageType":"DATA_MESSAGE"} as text' : '',
    awsAccountId: ACCOUNT,
    customerId: '9f2c5e',
    originId,
    sessionId,
    ...(isBeacon && {
      beaconInfo: {
        beaconUri: `https://${host}/${trackingEvent ?? ''}?id=${random.text(24)}`,
        beaconHttpResponseCode: random.chance(0.95) ? 200 : 504,
        trackingEvent,
        headers,
      },
    }),
    ...(isFilled && {
      avail: {
        originAvailDuration,
        filledDuration,
        fillRate: 0.5,
        numAds,
        availId: random.below(1e6),
        slateAd: null,
      },
    }),
    ...(ads.length > 0 && { vastResponse: { version: '3.0', vastAds: ads, errors: [] } }),
    ...(bytes > 0 && { rawAdsResponse: LONG_TEXT.repeat(Math.ceil(bytes / 14)) }),
  };
  const json = JSON.stringify(event);
  const message =
    dirty && random.chance(0.01) ? `${json.slice(0, -1)},"newField":9007199254740993123}` : json;
  return {
    ...{ requestTime, eventType, originId, requestId, sessionId, trackingEvent, message },
    forwardedFor: isBeacon ? forwardedFor : null,
    beaconHost: isBeacon ? host.replace(/:\d+$/, '') : null,
    ...{ filledDuration, originAvailDuration, numAds },
    vastAdIds: ads.map(({ vastAdId }) => vastAdId),
  };
};
