import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomFrom, seedOf, type Random } from './random.ts';
import { inventEvent, type InventedEvent } from './mediatailor/events.ts';
import {
  controlMessage,
  envelope,
  hasEnvelopes,
  layOut,
  LAYOUTS,
  type Element,
  type Layout,
} from './mediatailor/layouts.ts';

export type { InventedEvent } from './mediatailor/events.ts';

export interface MediatailorDayOptions {
  /** Stands for the bucket of the logs: keys below it are as Firehose writes them. */
  readonly folder: string;
  /** The day in UTC, `YYYY-MM-DD`. */
  readonly date: string;
  readonly objects: number;
  readonly eventsPerObject: number;
  readonly seed: number;
  /** With the faults of real objects (default), or every one whole. */
  readonly dirty?: boolean;
  /** Layouts in turn (default: all). */
  readonly layouts?: readonly Layout[];
  /** Told of each event of the day that can be used, once, however often it is written. */
  readonly onEvent?: (event: InventedEvent & { readonly logEventId: string | null }) => void;
}

/** What a generated day holds, counted while it was written. */
export interface MediatailorTruth {
  readonly date: string;
  readonly objects: number;
  /** As stored. */
  readonly bytes: number;
  /** Different events of the day that can be used. */
  readonly events: number;
  /** Events of the day that were written more than once, without the first time. */
  readonly duplicates: number;
  readonly controlMessages: number;
  /** Log events of the days before and after. */
  readonly otherDays: number;
  /** By reason. */
  readonly rejected: Readonly<Record<string, number>>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EVENTS_AT_ONCE = 40;

/** One fault an object, in turn; `null` is a whole object. */
const FAULTS = [
  'damaged-json',
  null,
  'unknown-element',
  'message-not-json',
  null,
  'no-event-type',
  'no-request-time',
  'outside-window',
] as const;
type Fault = Exclude<(typeof FAULTS)[number], null>;

interface Written {
  readonly id: string;
  readonly event: InventedEvent;
}

class Day {
  readonly #options: MediatailorDayOptions;
  readonly #start: number;
  readonly #truth = { bytes: 0, objects: 0, events: 0, duplicates: 0, controlMessages: 0, otherDays: 0 };
  readonly #rejected: Record<string, number> = {};
  /** Events of the last object with envelopes, from which copies are taken. */
  #last: { readonly written: readonly Written[]; readonly layout: Layout } | undefined;

  constructor(options: MediatailorDayOptions) {
    this.#options = options;
    this.#start = Date.parse(`${options.date}T00:00:00Z`);
  }

  get truth(): MediatailorTruth {
    return { date: this.#options.date, ...this.#truth, rejected: { ...this.#rejected } };
  }

  /** @param index of the object; -1 and `objects` are those that reach over midnight */
  async write(index: number): Promise<void> {
    const { objects, eventsPerObject, seed, layouts = LAYOUTS, dirty = true } = this.#options;
    const random = randomFrom(seedOf(seed, index + 1, this.#start / DAY));
    const layout = layouts[(index + layouts.length) % layouts.length] ?? 'members';
    const span = DAY / objects;
    const isEdge = index < 0 || index === objects;
    const count = isEdge ? Math.min(50, eventsPerObject) : eventsPerObject;
    const from =
      index < 0
        ? this.#start - 60_000
        : index === objects
          ? this.#start + DAY - 60_000
          : this.#start + index * span;
    const written = this.#invent(random, count, from, isEdge ? 120_000 : span, layout);
    const elements: Element[] = [];
    for (let at = 0; at < written.length; at += EVENTS_AT_ONCE)
      elements.push({ events: written.slice(at, at + EVENTS_AT_ONCE) });
    if (dirty) this.#spoil(elements, { random, index, layout, time: from });
    // A late object: it lies in the folder of the next day's first hour.
    await this.#store(elements, { random, layout, arrival: index === objects ? this.#start + DAY : from });
    for (const { event } of written) this.#count(event);
    if (hasEnvelopes(layout)) this.#last = { written, layout };
  }

  /** The last object with envelopes again, under another name. */
  async repeat(): Promise<void> {
    if (this.#last === undefined) return;
    const random = randomFrom(seedOf(this.#options.seed, 99_991));
    const { written, layout } = this.#last;
    await this.#store([{ events: written }], { random, layout, arrival: this.#start + DAY });
    for (const { event } of written) this.#countCopy(event);
  }

  #invent(random: Random, count: number, from: number, span: number, layout: Layout): readonly Written[] {
    const { eventsPerObject, dirty = true, date, onEvent } = this.#options;
    return Array.from({ length: count }, (_, index) => {
      const requestTime = Math.floor(from + (span * index) / count);
      const isLong = dirty && index === 7;
      const bytes = isLong ? random.pick([70_000, 140_000, 300_000]) : 0;
      const event = inventEvent({
        random,
        requestTime,
        sessions: Math.ceil(eventsPerObject / 10),
        dirty,
        bytes,
      });
      const id = `36${String(requestTime)}${String(random.below(1e9)).padStart(9, '0')}${String(index).padStart(7, '0')}`;
      // What has no envelope keeps no time but its own.
      const seen = hasEnvelopes(layout) ? event : { ...event, requestTime: timeOf(event) };
      if (new Date(seen.requestTime).toISOString().startsWith(date)) {
        onEvent?.({ ...seen, logEventId: hasEnvelopes(layout) ? id : null });
      }
      return { id, event: seen };
    });
  }

  #count(event: InventedEvent): void {
    if (this.#isToday(event)) this.#truth.events += 1;
    else this.#truth.otherDays += 1;
  }

  #countCopy(event: InventedEvent): void {
    if (this.#isToday(event)) this.#truth.duplicates += 1;
    else this.#truth.otherDays += 1;
  }

  #isToday({ requestTime }: InventedEvent): boolean {
    return requestTime >= this.#start && requestTime < this.#start + DAY;
  }

  /** Puts a control message, a copy and a fault into an object. */
  #spoil(
    elements: Element[],
    { random, index, layout, time }: { random: Random; index: number; layout: Layout; time: number },
  ): void {
    if (index % 3 === 0) {
      elements.unshift({ text: controlMessage(time) });
      this.#truth.controlMessages += 1;
    }
    const copied = elements.find((element) => 'events' in element);
    if (index % 2 === 0 && copied !== undefined && 'events' in copied) {
      elements.push(copied);
      for (const { event } of copied.events) this.#countCopy(event as InventedEvent);
    }
    const fault = index < 0 || index === this.#options.objects ? null : FAULTS[index % FAULTS.length];
    if (fault === null || fault === undefined) return;
    const text = faultyText(fault, time, layout);
    elements.splice(1 + random.below(elements.length), 0, { text });
    const reason = hasEnvelopes(layout) ? fault : (WITHOUT_ENVELOPE[fault] ?? fault);
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1;
  }

  async #store(
    elements: readonly Element[],
    { random, layout, arrival }: { random: Random; layout: Layout; arrival: number },
  ): Promise<void> {
    const body = layOut(elements, layout, this.#options.dirty === false ? undefined : random);
    const stamp = new Date(arrival).toISOString();
    const folder = stamp.slice(0, 13).replaceAll(/[-T]/g, '/');
    const name = `mediatailor-logs-1-${stamp.slice(0, 19).replaceAll(/[T:]/g, '-')}-${random.text(8)}-${random.text(12)}`;
    const path = join(this.#options.folder, folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, body);
    this.#truth.objects += 1;
    this.#truth.bytes += body.length;
  }
}

const timeOf = ({ message }: InventedEvent): number =>
  Date.parse((JSON.parse(message) as { readonly eventTimestamp: string }).eventTimestamp);

/** Without an envelope there is no message within, and an event without a type is an unknown element. */
const WITHOUT_ENVELOPE: Partial<Record<Fault, Fault>> = {
  'message-not-json': 'damaged-json',
  'no-event-type': 'unknown-element',
};

const faultyText = (fault: Fault, time: number, layout: Layout): string => {
  const message = JSON.stringify({
    eventType: 'AD_MARKER_FOUND',
    eventTimestamp: new Date(time).toISOString(),
  });
  const cut = '{"eventType":"BEACON_FI';
  const old = time - 5 * DAY;
  const logEvents = {
    'damaged-json': [
      { id: 'whole', timestamp: time, message },
      { id: 'cut', timestamp: time, message: cut },
    ],
    'message-not-json': [{ id: 'bad-1', timestamp: time, message: cut }],
    'no-event-type': [{ id: 'bad-2', timestamp: time, message: '{"requestId":"r"}' }],
    'no-request-time': [{ id: 'bad-3', timestamp: 'soon', message }],
    'outside-window': [{ id: 'bad-4', timestamp: old, message }],
  };
  if (fault === 'unknown-element') return '{"hello":"world"}';
  if (hasEnvelopes(layout)) {
    const text = envelope(logEvents[fault]);
    return fault === 'damaged-json' ? text.slice(0, text.lastIndexOf('BEACON')) : text;
  }
  return {
    'damaged-json': message.slice(0, -9),
    'message-not-json': cut,
    'no-event-type': '{"requestId":"r"}',
    'no-request-time': '{"eventType":"AD_MARKER_FOUND","eventTimestamp":"soon"}',
    'outside-window': JSON.stringify({ eventType: 'X', eventTimestamp: new Date(old).toISOString() }),
  }[fault];
};

/**
 * Writes the log objects of one invented day as Firehose leaves them, in every layout, with events of the days
 * around it, copies and faults. Equal options give equal objects.
 * @returns what the day comes to
 */
export const generateMediatailorDay = async (options: MediatailorDayOptions): Promise<MediatailorTruth> => {
  const day = new Day(options);
  const isDirty = options.dirty ?? true;
  for (let index = isDirty ? -1 : 0; index < options.objects + (isDirty ? 1 : 0); index++)
    await day.write(index);
  if (isDirty) await day.repeat();
  return day.truth;
};
