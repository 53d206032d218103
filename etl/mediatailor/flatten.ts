import { join } from 'node:path';
import { fileFault, isFileFault } from '../runtime/file-faults.ts';
import { shortHash } from '../runtime/fingerprint.ts';
import { LineFile } from '../runtime/line-file.ts';
import { RejectedRows } from '../runtime/rejected-rows.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { dayThatTells, toldBy } from '../runtime/stray-objects.ts';
import { arrivalOf, dayOf, mayHoldEventsOf } from './arrival.ts';
import { writeEventLine, type DayEvent } from './event-lines.ts';
import { isBeyondColumns } from './event-row.ts';
import { unpacked } from './gzip-layers.ts';
import { jsonObjects } from './json-objects.ts';
import { readLogElement } from './log-elements.ts';
import { ObjectEvents } from './object-events.ts';
import type { MediatailorParams } from './params.ts';
import { storable } from './texts.ts';

type Context = StageContext<MediatailorParams>;

const LOGS = 'logs/';
const EVENTS = 'data/events/';
const OVERFLOW = 'data/overflow/';
const STRAYS = 'data/strays/';

const MS_PER_HOUR = 3_600_000;

/** Files of one object's events: one an hour, and one of the messages that are too long for their columns. */
class EventFiles {
  readonly #base: string;
  readonly #hours = new Map<number, LineFile>();
  #overflow: LineFile | undefined;

  constructor(base: string) {
    this.#base = base;
  }

  get rows(): number {
    return [...this.#hours.values()].reduce((sum, { lines }) => sum + lines, 0);
  }

  /** @returns a promise only when the writing has to be waited for */
  add(event: DayEvent): Promise<void> | undefined {
    const hour = Math.floor(event.requestTime / MS_PER_HOUR) % 24;
    let file = this.#hours.get(hour);
    if (file === undefined) {
      file = LineFile.gzip(`${this.#base}-${hour}`);
      this.#hours.set(hour, file);
    }
    file.add(writeEventLine(event));
    const written = file.flush();
    if (!isBeyondColumns(event.message)) return written;
    this.#overflow ??= LineFile.gzip(`${this.#base}-overflow`);
    this.#overflow.add(JSON.stringify({ log_event_id: event.logEventId, message: storable(event.message) }));
    return Promise.all([written, this.#overflow.flush()]).then(() => undefined);
  }

  /** @param id of the object */
  async put(id: string, date: string, ports: UnitPorts): Promise<void> {
    for (const [hour, file] of this.#hours) {
      const name = `date=${date}/hour=${String(hour).padStart(2, '0')}/${id}.tsv.gz`;
      await ports.writes(EVENTS).put(name, { file: await file.end() });
    }
    if (this.#overflow === undefined) return;
    const file = await this.#overflow.end();
    await ports.writes(OVERFLOW).put(`date=${date}/${id}.ndjson.gz`, { file });
  }

  notes(): readonly string[] {
    return this.#overflow === undefined
      ? []
      : ['Some messages are longer than message1 to message4: they lie whole in overflow/.'];
  }

  async discard(): Promise<void> {
    const files = [...this.#hours.values(), ...(this.#overflow === undefined ? [] : [this.#overflow])];
    await Promise.all(files.map((file) => file.discard()));
  }
}

/** Turns log objects into events of the day. */
class Flattening implements StageWork {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { date, params, scratch } = this.#context;
    const base = join(scratch, shortHash(id));
    const files = new EventFiles(base);
    const arrival = arrivalOf(id);
    const teller = arrival === undefined ? await dayThatTells(STRAYS, LOGS, id, date, ports) : dayOf(arrival);
    const events = new ObjectEvents({ date, params, arrival, isTold: teller === date });
    const rejections = new RejectedRows(id, `${base}-rejected`);
    try {
      await this.#read(id, ports, events, files, rejections);
      await files.put(id, date, ports);
      await ports.quarantine.rows(await rejections.end());
      const { rowsIn, rejected, dropped } = events;
      return { rowsIn, rowsOut: files.rows, rejected, dropped, notes: files.notes() };
    } catch (error) {
      if (isFileFault(error)) {
        if (arrival === undefined && teller !== date) return toldBy(teller, id);
        await ports.quarantine.whole({ path: LOGS, name: id }, error);
      }
      throw error;
    } finally {
      rejections.discard();
      await files.discard();
    }
  }

  async #read(
    id: string,
    ports: UnitPorts,
    events: ObjectEvents,
    files: EventFiles,
    rejections: RejectedRows,
  ): Promise<void> {
    const body = await ports.reads(LOGS).open(id);
    let isDamaged = false;
    try {
      for await (const found of jsonObjects(unpacked(id, body as AsyncIterable<Buffer>), readLogElement)) {
        this.#context.signal.throwIfAborted();
        isDamaged ||= found.kind !== 'value';
        for (const event of events.take(found)) {
          const written = files.add(event);
          if (written !== undefined) await written;
        }
        if (events.rejectedRows.length === 0) continue;
        await rejections.add(events.rejectedRows);
        events.rejectedRows = [];
      }
    } finally {
      body.destroy();
    }
    if (isDamaged && events.elements === 0) {
      throw fileFault('NO_LOG_EVENTS', id, 'holds no log event that can be read');
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Unpacks the day's events from every object in whose folder they may lie, the hour before the day and the late
 * hours after it included. A unit is an object; one that can't be unpacked is quarantined whole and fails its
 * unit, a piece or an event that can't be read is quarantined alone.
 */
const stage: StageCode<MediatailorParams> = {
  async units(context) {
    const { date, params } = context;
    const settings = JSON.stringify(params);
    const objects = await context.reads(LOGS).list();
    return objects
      .filter(({ key }) => mayHoldEventsOf(date, key, params.lateHours))
      .map(({ key, etag }) => ({ id: key, fingerprint: `${etag} ${settings}` }));
  },
  open: (context) => Promise.resolve(new Flattening(context)),
};

export default stage;
