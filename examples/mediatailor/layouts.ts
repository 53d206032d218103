import { gzipSync } from 'node:zlib';
import type { Random } from '../random.ts';
import { ACCOUNT, type InventedEvent } from './events.ts';

/** How an object's bytes are laid out, by the settings of Firehose. */
export const LAYOUTS = [
  /** Envelopes, a gzip member each, as CloudWatch packs them: Firehose left them alone. */
  'members',
  /** The same, packed once more by Firehose. */
  'twice-packed',
  /** Envelopes unpacked by Firehose, back to back. */
  'plain',
  /** The same with a line end behind each. */
  'plain-lines',
  /** Messages taken out of their envelopes, packed by Firehose, back to back. */
  'messages',
  /** The same with a line end behind each, not packed. */
  'message-lines',
] as const;
export type Layout = (typeof LAYOUTS)[number];

export const LOG_GROUP = 'MediaTailor/AdDecisionServerInteractions';

/** Whether a layout keeps CloudWatch's ids and times. */
export const hasEnvelopes = (layout: Layout): boolean => !layout.startsWith('message');

/** What stands in an object: events as CloudWatch sends them together, or any text. */
export type Element =
  | {
      readonly events: readonly {
        readonly id: string;
        readonly event: Pick<InventedEvent, 'requestTime' | 'message'>;
      }[];
    }
  | { readonly text: string };

export const controlMessage = (time: number): string =>
  JSON.stringify({
    messageType: 'CONTROL_MESSAGE',
    owner: 'CloudwatchLogs',
    logGroup: '',
    logStream: '',
    subscriptionFilters: [],
    logEvents: [
      { id: '', timestamp: time, message: 'CWL CONTROL MESSAGE: Checking health of destination Firehose.' },
    ],
  });

/** @param random gives some envelopes another order of keys; absent: the usual one */
export const envelope = (logEvents: readonly object[], random?: Random): string => {
  const head = { messageType: 'DATA_MESSAGE', owner: ACCOUNT, logGroup: LOG_GROUP, logStream: 'a1' };
  return JSON.stringify(
    random?.chance(0.1) === true
      ? { logEvents, subscriptionFilters: ['to-firehose'], ...head }
      : { ...head, subscriptionFilters: ['to-firehose'], logEvents },
  );
};

const textsOf = (element: Element, layout: Layout, random?: Random): readonly string[] => {
  if ('text' in element) return [element.text];
  if (!hasEnvelopes(layout)) return element.events.map(({ event }) => event.message);
  const logEvents = element.events.map(({ id, event }) => ({
    id,
    timestamp: event.requestTime,
    message: event.message,
  }));
  return [envelope(logEvents, random)];
};

/** An object's bytes. */
export const layOut = (elements: readonly Element[], layout: Layout, random?: Random): Buffer => {
  const texts = elements.flatMap((element) => textsOf(element, layout, random));
  const end = layout.endsWith('lines') ? '\n' : '';
  if (layout !== 'members' && layout !== 'twice-packed') {
    const plain = Buffer.from(texts.map((text) => text + end).join(''));
    return layout === 'messages' ? gzipSync(plain, { level: 4 }) : plain;
  }
  const members = Buffer.concat(texts.map((text) => gzipSync(text, { level: 6 })));
  return layout === 'twice-packed' ? gzipSync(members, { level: 1 }) : members;
};
