import type { RejectedRow } from '../runtime/quarantine.ts';
import { arrivedOn, belongingOf } from './arrival.ts';
import { contentId, flattenEvent, type FlatEvent } from './event-row.ts';
import { instantOfIso, instantOfMilliseconds } from './instants.ts';
import type { Found } from './json-objects.ts';
import { parseObject, textOrNull, type Json } from './lenient-json.ts';
import type { LogElement, LogEvent } from './log-elements.ts';
import type { MediatailorParams } from './params.ts';
import { cutTo, storable } from './texts.ts';

/** Why a log event is left out on purpose. */
type Drop = 'control-message' | 'other-day' | 'other-account' | 'other-log-group' | 'other-origin';

/** Why a log event, or a piece of an object, can't be used. */
type Reason =
  | 'damaged-json'
  | 'unknown-element'
  | 'no-request-time'
  | 'outside-window'
  | 'message-not-text'
  | 'message-not-json'
  | 'no-event-type';

const ID_BYTES = 256;

/** What became of one log event. */
type Fate =
  | { readonly event: FlatEvent; readonly message: string }
  | { readonly dropped: Drop }
  | { readonly reason: Reason; readonly detail: string };

export interface ObjectScope {
  readonly date: string;
  /** Start of the hour in whose folder the object lies; undefined when it lies in none. */
  readonly arrival: number | undefined;
  readonly params: MediatailorParams;
}

/** `/aws/MediaTailor/X` and `MediaTailor/X` are one group: AWS has spelled it both ways. */
const groupName = (name: unknown): string => (textOrNull(name) ?? '').replace(/^\/?(?:aws\/)?/u, '');

const DROPPED: Fate = { dropped: 'other-day' };

/**
 * The log events of one object, counted. Everything that comes in leaves as an event, is dropped or rejected;
 * a damaged piece, however long, and an element of unknown kind count as one row each.
 */
export class ObjectEvents {
  rowsIn = 0;
  /** Elements that could be read. */
  elements = 0;
  /** Rejected rows that wait to be stored. */
  rejectedRows: RejectedRow[] = [];
  readonly rejected: Record<string, number> = {};
  readonly dropped: Record<string, number> = {};
  readonly #scope: ObjectScope;

  constructor(scope: ObjectScope) {
    this.#scope = scope;
  }

  /** @returns the day's events in what was found */
  *take(found: Found<LogElement>): Generator<{ readonly event: FlatEvent; readonly message: string }> {
    if (found.kind !== 'value') {
      this.#takePiece(found);
      return;
    }
    this.elements += 1;
    const element = found.value;
    if (element.kind === 'control') this.#drop('control-message', element.events);
    else if (element.kind === 'message') yield* this.#count(this.#ofMessage(element.text), found.offset);
    else {
      const group = this.#otherSource(element);
      for (const event of element.events)
        yield* this.#count(this.#ofLogEvent(event, group), found.offset, event.id);
    }
  }

  #takePiece(found: Exclude<Found<LogElement>, { readonly kind: 'value' }>): void {
    const { offset, bytes } = found;
    if (!arrivedOn(this.#scope.date, this.#scope.arrival)) {
      this.#drop('other-day', 1);
      return;
    }
    const place = `${bytes} bytes from byte ${offset} on of the unpacked object`;
    if (found.kind === 'damaged') {
      this.#reject('damaged-json', `${place} can't be read: ${found.why}`, { offset, bytes });
    } else {
      const detail = `${place} are neither an envelope of CloudWatch nor an event of MediaTailor`;
      this.#reject('unknown-element', detail, { offset, bytes });
    }
  }

  *#count(fate: Fate, offset: number, id?: unknown) {
    if ('dropped' in fate) this.#drop(fate.dropped, 1);
    else if ('reason' in fate) {
      const logEventId = cutTo(storable(textOrNull(id) ?? ''), ID_BYTES);
      this.#reject(fate.reason, fate.detail, { offset, ...(logEventId !== '' && { logEventId }) });
    } else {
      this.rowsIn += 1;
      yield fate;
    }
  }

  #drop(why: Drop, rows: number): void {
    this.rowsIn += rows;
    if (rows > 0) this.dropped[why] = (this.dropped[why] ?? 0) + rows;
  }

  #reject(reason: Reason, detail: string, fields: Readonly<Record<string, string | number>>): void {
    this.rowsIn += 1;
    this.rejected[reason] = (this.rejected[reason] ?? 0) + 1;
    const shown = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    this.rejectedRows.push({ row: this.rowsIn, reason, detail, fields: shown });
  }

  /** Why an envelope's events don't count; undefined when they do. */
  #otherSource({
    owner,
    logGroup,
  }: {
    readonly owner: unknown;
    readonly logGroup: unknown;
  }): Drop | undefined {
    const { accounts, logGroup: wanted } = this.#scope.params;
    if (groupName(logGroup) !== groupName(wanted)) return 'other-log-group';
    return accounts.length > 0 && !accounts.includes(textOrNull(owner) ?? '') ? 'other-account' : undefined;
  }

  #ofLogEvent({ id, timestamp, message }: LogEvent, otherSource: Drop | undefined): Fate {
    const requestTime = instantOfMilliseconds(timestamp);
    const stray = this.#strayOf(requestTime, `the timestamp ${shown(timestamp)} is no time`);
    if (stray !== undefined || requestTime === undefined) return stray ?? DROPPED;
    if (otherSource !== undefined) return { dropped: otherSource };
    if (typeof message !== 'string') {
      return { reason: 'message-not-text', detail: 'the log event has no message, or one that is no text' };
    }
    const event = parseObject(message);
    if (event === undefined) {
      return { reason: 'message-not-json', detail: 'the message of the log event is no JSON object' };
    }
    const given = cutTo(storable(textOrNull(id) ?? ''), ID_BYTES);
    const logEventId = given === '' ? contentId(`${requestTime} ${message}`) : given;
    return this.#ofEvent({ logEventId, requestTime, message, event });
  }

  #ofMessage(message: string): Fate {
    const event = parseObject(message) ?? {};
    const time = event['eventTimestamp'];
    const requestTime = instantOfIso(time) ?? instantOfMilliseconds(time);
    const stray = this.#strayOf(requestTime, `the eventTimestamp ${shown(time)} is no time`);
    if (stray !== undefined || requestTime === undefined) return stray ?? DROPPED;
    const { accounts } = this.#scope.params;
    if (accounts.length > 0 && !accounts.includes(textOrNull(event['awsAccountId']) ?? '')) {
      return { dropped: 'other-account' };
    }
    return this.#ofEvent({ logEventId: contentId(message), requestTime, message, event });
  }

  /** @returns what becomes of an event that is not of this day; undefined when it is */
  #strayOf(requestTime: number | undefined, whyNoTime: string): Fate | undefined {
    const { date, arrival, params } = this.#scope;
    if (requestTime === undefined) {
      return arrivedOn(date, arrival) ? { reason: 'no-request-time', detail: whyNoTime } : DROPPED;
    }
    const belonging = belongingOf(date, requestTime, arrival, params.lateHours);
    if (belonging === 'here') return undefined;
    return belonging === 'elsewhere'
      ? DROPPED
      : {
          reason: 'outside-window',
          detail: `the event of ${new Date(requestTime).toISOString()} arrived beyond the ${params.lateHours} hours that lateHours allows, or before its time`,
        };
  }

  #ofEvent(parts: {
    readonly logEventId: string;
    readonly requestTime: number;
    readonly message: string;
    readonly event: Json;
  }): Fate {
    const { origins, beaconUri } = this.#scope.params;
    const { eventType, originId } = parts.event;
    if (typeof eventType !== 'string' || eventType === '') {
      return { reason: 'no-event-type', detail: 'the event has no eventType' };
    }
    if (origins.length > 0 && !origins.includes(textOrNull(originId) ?? ''))
      return { dropped: 'other-origin' };
    return { event: flattenEvent({ ...parts, beaconUri }), message: parts.message };
  }
}

const shown = (value: unknown): string => cutTo(storable(textOrNull(value) ?? '(none)'), 60);
