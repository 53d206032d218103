import { createHash } from 'node:crypto';
import type { RejectedRow } from '../runtime/quarantine.ts';
import { cutTo } from '../runtime/text-width.ts';
import { belongingOf } from './arrival.ts';
import type { DayEvent } from './event-lines.ts';
import { WIDTHS } from './event-row.ts';
import { instantOfIso, instantOfMilliseconds } from './instants.ts';
import type { Found } from './json-objects.ts';
import { parseObject, textOrNull, type Json } from './lenient-json.ts';
import type { LogElement, LogEvent } from './log-elements.ts';
import type { MediatailorParams } from './params.ts';
import { storable } from './texts.ts';

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

const ID_BYTES = WIDTHS.log_event_id;
const MS_PER_DAY = 86_400_000;

/** What became of one log event. */
type Fate = DayEvent | Drop | { readonly reason: Reason; readonly detail: string };

export interface ObjectScope {
  readonly date: string;
  /** Start of the hour in whose folder the object lies; undefined when it lies in none. */
  readonly arrival: number | undefined;
  /** What can't be dated is for this day's run to tell. */
  readonly isTold: boolean;
  readonly params: MediatailorParams;
}

/** `/aws/MediaTailor/X` and `MediaTailor/X` are one group: AWS has spelled it both ways. */
const groupName = (name: unknown): string => (textOrNull(name) ?? '').replace(/^\/?(?:aws\/)?/u, '');

/**
 * An event's id where CloudWatch's own has been taken off: its content. Events that are equal to the last
 * character are then one.
 */
const contentId = (message: string): string => `sha256-${createHash('sha256').update(message).digest('hex')}`;

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
  /** When the day begins, in milliseconds since 1970. */
  readonly #start: number;

  constructor(scope: ObjectScope) {
    this.#scope = scope;
    this.#start = Date.parse(`${scope.date}T00:00:00Z`);
  }

  /** @returns the day's events in what was found */
  take(found: Found<LogElement>): readonly DayEvent[] {
    const events: DayEvent[] = [];
    if (found.kind !== 'value') {
      this.#takePiece(found);
      return events;
    }
    this.elements += 1;
    const element = found.value;
    if (element.kind === 'control') this.#drop('control-message', element.events);
    else if (element.kind === 'message') this.#count(events, this.#ofMessage(element), found.offset);
    else {
      const group = this.#otherSource(element);
      for (const event of element.events)
        this.#count(events, this.#ofLogEvent(event, group), found.offset, event.id);
    }
    return events;
  }

  #takePiece(found: Exclude<Found<LogElement>, { readonly kind: 'value' }>): void {
    const { offset, bytes } = found;
    if (!this.#scope.isTold) {
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

  #count(events: DayEvent[], fate: Fate, offset: number, id?: unknown): void {
    if (typeof fate === 'string') this.#drop(fate, 1);
    else if ('reason' in fate) {
      const logEventId = cutTo(storable(textOrNull(id) ?? ''), ID_BYTES);
      this.#reject(fate.reason, fate.detail, { offset, ...(logEventId !== '' && { logEventId }) });
    } else {
      this.rowsIn += 1;
      events.push(fate);
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
    if (stray !== undefined || requestTime === undefined) return stray ?? 'other-day';
    if (otherSource !== undefined) return otherSource;
    if (typeof message !== 'string') {
      return { reason: 'message-not-text', detail: 'the log event has no message, or one that is no text' };
    }
    const event = parseObject(message);
    if (event === undefined) {
      return { reason: 'message-not-json', detail: 'the message of the log event is no JSON object' };
    }
    const given = cutTo(storable(textOrNull(id) ?? ''), ID_BYTES);
    const logEventId = given === '' ? contentId(`${requestTime} ${message}`) : given;
    return this.#ofEvent(event, { logEventId, requestTime, message });
  }

  #ofMessage({ text: message, event }: { readonly text: string; readonly event: Json }): Fate {
    const time = event['eventTimestamp'];
    const requestTime = instantOfIso(time) ?? instantOfMilliseconds(time);
    const stray = this.#strayOf(requestTime, `the eventTimestamp ${shown(time)} is no time`);
    if (stray !== undefined || requestTime === undefined) return stray ?? 'other-day';
    const { accounts } = this.#scope.params;
    if (accounts.length > 0 && !accounts.includes(textOrNull(event['awsAccountId']) ?? '')) {
      return 'other-account';
    }
    return this.#ofEvent(event, { logEventId: contentId(message), requestTime, message });
  }

  /** @returns what becomes of an event that is not of this day; undefined when it is */
  #strayOf(requestTime: number | undefined, whyNoTime: string): Fate | undefined {
    const { date, arrival, params, isTold } = this.#scope;
    if (requestTime === undefined) {
      return isTold ? { reason: 'no-request-time', detail: whyNoTime } : 'other-day';
    }
    if (requestTime >= this.#start && requestTime < this.#start + MS_PER_DAY) return undefined;
    const belonging = belongingOf(date, requestTime, arrival, params.lateHours);
    if (belonging === 'here') return undefined;
    return belonging === 'elsewhere'
      ? 'other-day'
      : {
          reason: 'outside-window',
          detail: `the event of ${new Date(requestTime).toISOString()} arrived beyond the ${params.lateHours} hours that lateHours allows, or before its time`,
        };
  }

  #ofEvent({ eventType, originId }: Json, found: DayEvent): Fate {
    const { origins } = this.#scope.params;
    if (typeof eventType !== 'string' || eventType === '') {
      return { reason: 'no-event-type', detail: 'the event has no eventType' };
    }
    if (origins.length > 0 && !origins.includes(textOrNull(originId) ?? '')) return 'other-origin';
    return found;
  }
}

const shown = (value: unknown): string => cutTo(storable(textOrNull(value) ?? '(none)'), 60);
