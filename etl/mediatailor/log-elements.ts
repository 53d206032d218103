import { isUtf8 } from 'node:buffer';
import type { Reading } from './json-objects.ts';
import { hasLongNumber, isRecord, parseObject, type Json } from './lenient-json.ts';

/** One event as CloudWatch hands it on; nothing of it has been checked. */
export interface LogEvent {
  readonly id: unknown;
  /** Milliseconds since 1970. */
  readonly timestamp: unknown;
  readonly message: unknown;
}

/** What stands in a log object: an envelope of events, a test message, or an event without envelope. */
export type LogElement =
  | {
      readonly kind: 'data';
      readonly owner: unknown;
      readonly logGroup: unknown;
      readonly events: readonly LogEvent[];
    }
  | { readonly kind: 'control'; readonly events: number }
  | { readonly kind: 'message'; readonly text: string; readonly event: Json };

const NO_EVENT: LogEvent = { id: undefined, timestamp: undefined, message: undefined };

const eventsOf = (events: readonly unknown[]): readonly LogEvent[] =>
  events.map((event) => (isRecord(event) ? (event as Json & LogEvent) : NO_EVENT));

/** Reads one element. The order of its keys does not matter; keys that are not known are no fault. */
export const readLogElement = (bytes: Buffer): Reading<LogElement> => {
  if (!isUtf8(bytes)) return { kind: 'malformed', why: 'it is not UTF-8' };
  const text = bytes.toString();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'malformed', why: 'it is not JSON' };
  }
  const element = isRecord(json) ? elementOf(json, text) : undefined;
  return element === undefined ? { kind: 'unknown' } : { kind: 'value', value: element };
};

const elementOf = (json: Json, text: string): LogElement | undefined => {
  const { messageType, logEvents, owner, logGroup, eventType } = json;
  if (typeof messageType === 'string' && Array.isArray(logEvents)) {
    if (messageType === 'CONTROL_MESSAGE') return { kind: 'control', events: logEvents.length };
    return messageType === 'DATA_MESSAGE'
      ? { kind: 'data', owner, logGroup, events: eventsOf(logEvents) }
      : undefined;
  }
  if (typeof eventType !== 'string') return undefined;
  return { kind: 'message', text, event: hasLongNumber(text) ? (parseObject(text) ?? json) : json };
};
