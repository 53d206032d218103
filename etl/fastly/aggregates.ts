import type { LogRecord } from './log-record.ts';
import type { FastlyParams } from './params.ts';

/** A group's key and sums, as partial sums of one file keep them. */
export interface Group {
  readonly timestamps: string;
  readonly status: number;
  readonly channel_id: string;
  readonly distributor: string;
  readonly city: string;
  readonly country: string;
  readonly region: string;
  readonly continent: string;
  readonly debug_url: string;
  readonly client_request: number;
  /** Milliseconds, so that sums are exact in whatever order they are made. */
  watched_ms: number;
  channel_start: number;
  request_size_bytes: number;
  request_count: number;
  count_720p: number;
  count_1080p: number;
  under_720p_count: number;
  between_720p_and_1080p_count: number;
  over_1080p_count: number;
}

const PARTIAL_CONTENT = 206;
/** Characters of a minute that tell its hour. */
const HOUR = 'YYYY-MM-DD hh'.length;
/** Parts no key from the next: text is free of control characters. */
const SEPARATOR = '\u001f';

/** Sums of the requests of one file, by hour and group. */
export class Aggregates {
  readonly #hours = new Map<string, Map<string, Group>>();
  readonly #segmentMs: number;
  readonly #rangeSegmentMs: number;

  constructor({
    segmentSeconds,
    rangeSegmentSeconds,
  }: Pick<FastlyParams, 'segmentSeconds' | 'rangeSegmentSeconds'>) {
    this.#segmentMs = Math.round(segmentSeconds * 1000);
    this.#rangeSegmentMs = Math.round(rangeSegmentSeconds * 1000);
  }

  add(record: LogRecord): void {
    const { facts, status } = record;
    const group = this.#group(record);
    if (facts.isSegment)
      group.watched_ms += status === PARTIAL_CONTENT ? this.#rangeSegmentMs : this.#segmentMs;
    if (facts.isStart) group.channel_start += 1;
    group.request_size_bytes += record.bytes;
    group.request_count += 1;
    if (facts.is720p) group.count_720p += 1;
    if (facts.is1080p) group.count_1080p += 1;
    const { height } = facts;
    if (height === undefined) return;
    if (height < 720) group.under_720p_count += 1;
    else if (height > 720 && height < 1080) group.between_720p_and_1080p_count += 1;
    else if (height > 1080) group.over_1080p_count += 1;
  }

  /** The hours that have requests, in order: `YYYY-MM-DD hh`, UTC. */
  get hours(): readonly string[] {
    return [...this.#hours.keys()].sort();
  }

  /** The groups of an hour in a stable order. */
  groups(hour: string): readonly Group[] {
    const groups = [...(this.#hours.get(hour) ?? [])];
    return groups.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  }

  #group(record: LogRecord): Group {
    const { minute, status, city, country, region, continent, debugUrl, clientRequest, facts } = record;
    const { channel, distributor } = facts;
    const parts = [minute, status, channel, distributor, city, country, region, continent];
    const key = `${parts.join(SEPARATOR)}${SEPARATOR}${clientRequest}${SEPARATOR}${debugUrl}`;
    const hour = minute.slice(0, HOUR);
    let groups = this.#hours.get(hour);
    if (groups === undefined) this.#hours.set(hour, (groups = new Map<string, Group>()));
    let group = groups.get(key);
    if (group === undefined) {
      group = {
        timestamps: minute,
        status,
        channel_id: channel,
        distributor,
        ...{ city, country, region, continent },
        debug_url: debugUrl,
        client_request: clientRequest,
        watched_ms: 0,
        channel_start: 0,
        request_size_bytes: 0,
        request_count: 0,
        count_720p: 0,
        count_1080p: 0,
        under_720p_count: 0,
        between_720p_and_1080p_count: 0,
        over_1080p_count: 0,
      };
      groups.set(key, group);
    }
    return group;
  }
}
