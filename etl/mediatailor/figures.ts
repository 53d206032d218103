import type { Row } from '../runtime/warehouse.ts';
import type { EventDetails, InteractionRow } from './event-row.ts';

/** What a key is in tables for events that name none. */
const UNKNOWN = 'unknown';

/** Events that tell how an ad break was filled: FILLED_AVAIL, FILLED_OVERLAY_AVAIL. */
const isFilled = (eventType: string): boolean => eventType.startsWith('FILLED_');

/** Event types with the word ERROR: `ERROR_ADS_TIMEOUT`, `PRE_ADS_REQUEST_HOOK_ERROR`. */
const isError = (eventType: string): boolean => eventType.split('_').includes('ERROR');

interface Group {
  readonly cells: Row;
  events: number;
  requests: number;
}

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

interface MinuteFill {
  readonly minute: string;
  readonly origin: string;
  readonly fill: Fill;
}

/** The fill rate of one origin over a day; durations in seconds. */
export interface OriginFill {
  readonly originId: string;
  readonly filledDurationSeconds: number;
  readonly originAvailDurationSeconds: number;
  readonly numAds: number;
  readonly fillRate: number | null;
}

const at = <V>(map: Map<string, V>, key: string, make: () => V): V => {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
};

const sortedValues = <V>(map: ReadonlyMap<string, V>): readonly V[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);

/** Rows of one table: groups of the hour at hand, which become rows when it ends. */
class HourGroups<G> {
  readonly rows: Row[] = [];
  readonly #groups = new Map<string, G>();
  readonly #rowOf: (group: G) => Row;

  constructor(rowOf: (group: G) => Row) {
    this.#rowOf = rowOf;
  }

  at(key: string, make: () => G): G {
    return at(this.#groups, key, make);
  }

  /** @returns the hour's groups in the order of their keys */
  end(): readonly G[] {
    const groups = sortedValues(this.#groups);
    for (const group of groups) this.rows.push(this.#rowOf(group));
    this.#groups.clear();
    return groups;
  }
}

/**
 * The aggregates of a day, from events that come hour by hour. Beyond the hour at hand memory grows with the rows
 * that they are.
 */
export class DayFigures {
  events = 0;
  readonly #types = new HourGroups<Group>(({ cells, events }) => ({ ...cells, event_count: events }));
  readonly #errors = new HourGroups<Group>(({ cells, events, requests }) => ({
    ...cells,
    event_count: events,
    request_id_count: requests,
  }));
  readonly #impressions = new HourGroups<Group>(({ cells, events }) => ({ ...cells, event_count: events }));
  readonly #fills = new HourGroups<MinuteFill>(({ minute, origin, fill }) => ({
    query_date: minute,
    origin_id: origin,
    filled_duration_sum: fill.filled.seconds,
    origin_avail_duration_sum: fill.avail.seconds,
    num_ads_sum: fill.ads,
    fill_rate: fill.rate,
  }));
  readonly #typesOfDay = new Map<string, number>();
  readonly #fillsOfDay = new Map<string, Fill>();
  readonly #unique: Row[] = [];
  readonly #sessions = new Map<string, Set<string>>();
  readonly #users = new Map<string, Set<string>>();
  /** Every text that rows hold, once. */
  readonly #texts = new Map<string, string>();

  add(row: InteractionRow, details: EventDetails): void {
    const minute = this.#one(`${row.request_time?.slice(0, 16) ?? ''}:00Z`);
    const origin = this.#one(row.origin_id ?? UNKNOWN);
    const type = this.#one(row.event_type ?? UNKNOWN);
    this.events += 1;
    const typed = { query_date: minute, origin_id: origin, event_type: type };
    const key = `${minute}\0${origin}\0${type}`;
    this.#types.at(key, () => ({ cells: typed, events: 0, requests: 0 })).events += 1;
    if (isError(type)) {
      const group = this.#errors.at(key, () => ({ cells: typed, events: 0, requests: 0 }));
      group.events += 1;
      if (row.request_id !== null) group.requests += 1;
    }
    if (isFilled(type)) {
      this.#fills.at(`${minute}\0${origin}`, () => ({ minute, origin, fill: new Fill() })).fill.add(details);
    }
    if (row.beacon_info_tracking_event === 'impression') {
      const host = this.#one(details.beaconHost ?? UNKNOWN);
      const cells = { ...typed, uri_source: host };
      this.#impressions.at(`${key}\0${host}`, () => ({ cells, events: 0, requests: 0 })).events += 1;
    }
    const [sessions, users] = [this.#setOf(this.#sessions, origin), this.#setOf(this.#users, origin)];
    if (row.session_id !== null) sessions.add(row.session_id);
    if (row.beacon_info_headers_1_value !== null) users.add(row.beacon_info_headers_1_value);
  }

  /** Ends an hour: what was counted in it becomes rows, who was seen in it is forgotten. @param hour `2021-03-01T10:00:00Z` */
  endHour(hour: string): void {
    for (const { cells, events } of this.#types.end()) {
      const type = String(cells['event_type']);
      this.#typesOfDay.set(type, (this.#typesOfDay.get(type) ?? 0) + events);
    }
    for (const { origin, fill } of this.#fills.end())
      at(this.#fillsOfDay, origin, () => new Fill()).addAll(fill);
    this.#errors.end();
    this.#impressions.end();
    for (const origin of [...this.#sessions.keys()].sort()) {
      this.#unique.push({
        query_date: hour,
        origin_id: origin,
        unique_sessions: this.#sessions.get(origin)?.size ?? 0,
        unique_users: this.#users.get(origin)?.size ?? 0,
      });
    }
    this.#sessions.clear();
    this.#users.clear();
  }

  get adEventType(): readonly Row[] {
    return this.#types.rows;
  }

  get error(): readonly Row[] {
    return this.#errors.rows;
  }

  get impressionBeacon(): readonly Row[] {
    return this.#impressions.rows;
  }

  get uniqueUsers(): readonly Row[] {
    return this.#unique;
  }

  get fillrate(): readonly Row[] {
    return this.#fills.rows;
  }

  /** Events of the day by type. */
  get eventTypes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#typesOfDay].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Fill rates of the day by origin. */
  get originFills(): readonly OriginFill[] {
    return [...this.#fillsOfDay]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([originId, fill]) => ({
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

  #setOf(sets: Map<string, Set<string>>, origin: string): Set<string> {
    return at(sets, origin, () => new Set<string>());
  }
}
