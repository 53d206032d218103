import type { Row } from '../runtime/warehouse.ts';
import type { EventDetails, InteractionRow } from './event-row.ts';

/** What a key is in tables for events that name none. */
const UNKNOWN = 'unknown';

/** Events that tell how an ad break was filled: FILLED_AVAIL, FILLED_OVERLAY_AVAIL. */
const isFilled = (eventType: string): boolean => eventType.startsWith('FILLED_');

/** Event types with the word ERROR: `ERROR_ADS_TIMEOUT`, `PRE_ADS_REQUEST_HOOK_ERROR`. */
const isError = (eventType: string): boolean => eventType.split('_').includes('ERROR');

/** Durations are summed in thousandths of a millisecond, so that their order makes no difference. */
const DURATION_UNITS = 1_000_000;

class Sum {
  #units = 0n;

  add(seconds: number | null): void {
    if (seconds !== null) this.#units += BigInt(Math.round(seconds * DURATION_UNITS));
  }

  addAll(other: Sum): void {
    this.#units += other.#units;
  }

  get seconds(): number {
    return Number(this.#units) / DURATION_UNITS;
  }
}

class Fill {
  readonly filled = new Sum();
  readonly avail = new Sum();
  ads = 0;

  add({ filledDuration, originAvailDuration, numAds }: EventDetails): void {
    this.filled.add(filledDuration);
    this.avail.add(originAvailDuration);
    this.ads += Math.trunc(numAds ?? 0);
  }

  addAll(other: Fill): void {
    this.filled.addAll(other.filled);
    this.avail.addAll(other.avail);
    this.ads += other.ads;
  }

  /** Filled over available seconds, both summed first; null when there was nothing to fill. */
  get rate(): number | null {
    return this.avail.seconds === 0 ? null : this.filled.seconds / this.avail.seconds;
  }
}

/** Events of one minute, origin and type. */
class TypeFigures {
  events = 0;
  /** Those that name a request. */
  requests = 0;
  /** Impressions by the host that was told. */
  readonly hosts = new Map<string, number>();
}

/** Events of one minute and origin. */
class MinuteFigures {
  readonly types = new Map<string, TypeFigures>();
  fill: Fill | undefined;
}

/** Events of one origin in the hour at hand; minutes are `2021-03-01T10:00`. */
class OriginFigures {
  readonly sessions = new Set<string>();
  readonly users = new Set<string>();
  readonly minutes = new Map<string, MinuteFigures>();
}

/** The fill rate of one origin over a day; durations in seconds. */
export interface OriginFill {
  readonly originId: string;
  readonly filledDurationSeconds: number;
  readonly originAvailDurationSeconds: number;
  readonly numAds: number;
  readonly fillRate: number | null;
}

const at = <V>(map: Map<string, V>, key: string, Value: new () => V): V => {
  let value = map.get(key);
  if (value === undefined) {
    value = new Value();
    map.set(key, value);
  }
  return value;
};

const sorted = <V>(map: ReadonlyMap<string, V>): readonly (readonly [string, V])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/**
 * The aggregates of a day, from events that come hour by hour. Beyond the hour at hand memory grows with the rows
 * that they are.
 */
export class DayFigures {
  events = 0;
  readonly adEventType: Row[] = [];
  readonly error: Row[] = [];
  readonly impressionBeacon: Row[] = [];
  readonly fillrate: Row[] = [];
  readonly uniqueUsers: Row[] = [];
  readonly #origins = new Map<string, OriginFigures>();
  readonly #typesOfDay = new Map<string, number>();
  readonly #fillsOfDay = new Map<string, Fill>();
  /** Every text that rows hold, once. */
  readonly #texts = new Map<string, string>();

  add(row: InteractionRow, details: EventDetails): void {
    const type = row.event_type ?? UNKNOWN;
    this.events += 1;
    const origin = at(this.#origins, row.origin_id ?? UNKNOWN, OriginFigures);
    const minute = at(origin.minutes, row.request_time?.slice(0, 16) ?? '', MinuteFigures);
    const figures = at(minute.types, type, TypeFigures);
    figures.events += 1;
    if (row.request_id !== null) figures.requests += 1;
    if (isFilled(type)) (minute.fill ??= new Fill()).add(details);
    if (row.beacon_info_tracking_event === 'impression') {
      const host = details.beaconHost ?? UNKNOWN;
      figures.hosts.set(host, (figures.hosts.get(host) ?? 0) + 1);
    }
    if (row.session_id !== null) origin.sessions.add(row.session_id);
    if (row.beacon_info_headers_1_value !== null) origin.users.add(row.beacon_info_headers_1_value);
  }

  /** Ends an hour: what was counted in it becomes rows, who was seen in it is forgotten. @param hour `2021-03-01T10:00:00Z` */
  endHour(hour: string): void {
    for (const [name, { sessions, users, minutes }] of sorted(this.#origins)) {
      const origin = this.#one(name);
      const unique = { unique_sessions: sessions.size, unique_users: users.size };
      this.uniqueUsers.push({ query_date: hour, origin_id: origin, ...unique });
      for (const [minute, figures] of sorted(minutes)) {
        this.#endMinute({ query_date: this.#one(`${minute}:00Z`), origin_id: origin }, figures);
      }
    }
    this.#origins.clear();
  }

  #endMinute(
    cells: { readonly query_date: string; readonly origin_id: string },
    minute: MinuteFigures,
  ): void {
    if (minute.fill !== undefined) this.#endFill(cells, minute.fill);
    for (const [name, { events, requests, hosts }] of sorted(minute.types)) {
      const type = this.#one(name);
      const typed = { ...cells, event_type: type };
      this.#typesOfDay.set(type, (this.#typesOfDay.get(type) ?? 0) + events);
      this.adEventType.push({ ...typed, event_count: events });
      if (isError(type)) this.error.push({ ...typed, event_count: events, request_id_count: requests });
      for (const [host, impressions] of sorted(hosts)) {
        this.impressionBeacon.push({ ...typed, uri_source: this.#one(host), event_count: impressions });
      }
    }
  }

  #endFill(cells: { readonly query_date: string; readonly origin_id: string }, fill: Fill): void {
    at(this.#fillsOfDay, cells.origin_id, Fill).addAll(fill);
    this.fillrate.push({
      ...cells,
      filled_duration_sum: fill.filled.seconds,
      origin_avail_duration_sum: fill.avail.seconds,
      num_ads_sum: fill.ads,
      fill_rate: fill.rate,
    });
  }

  /** Events of the day by type. */
  get eventTypes(): Readonly<Record<string, number>> {
    return Object.fromEntries(sorted(this.#typesOfDay));
  }

  /** Fill rates of the day by origin. */
  get originFills(): readonly OriginFill[] {
    return sorted(this.#fillsOfDay).map(([originId, fill]) => ({
      originId,
      filledDurationSeconds: fill.filled.seconds,
      originAvailDurationSeconds: fill.avail.seconds,
      numAds: fill.ads,
      fillRate: fill.rate,
    }));
  }

  #one(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }
}
