import { join } from 'node:path';
import { LineFile } from '../runtime/line-file.ts';
import type { StageContext, UnitPorts } from '../runtime/stage.ts';
import { readEventLine } from './event-lines.ts';
import { flattenEvent, type FlatEvent } from './event-row.ts';
import { DayFigures } from './figures.ts';
import { linesOfGzip } from './gzip-lines.ts';
import type { MediatailorParams } from './params.ts';
import { quickSightHeader, quickSightLine } from './quicksight.ts';

export const EVENTS = 'data/events/';
export const REDSHIFT = 'data/redshift/';
export const QUICKSIGHT = 'data/quicksight/';

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

/** Month, day, year, as the reports know the files: `mediaTailorData-03012021`. */
const fileOf = (date: string): string => {
  const [year = '', month = '', day = ''] = date.split('-');
  return `mediaTailorData-${month}${day}${year}`;
};

/** A text that is no part of a line, which would stay in memory with it. */
const standalone = (text: string): string => Buffer.from(text).toString();

/** A day's events as they are published: each once, whatever number of objects it came in. */
export class DayPublication {
  /** Events with those that are there twice. */
  rowsIn = 0;
  /** Events that were there already, counted where they are met. */
  duplicates = 0;
  /** Rows in the published files. */
  rowsOut = 0;
  readonly figures = new DayFigures();
  /** Names of the published files, an hour each. */
  readonly files: string[] = [];
  readonly #context: StageContext<MediatailorParams>;
  readonly #ports: UnitPorts;
  #cut = 0;
  #withoutTime = 0;
  #halfDay: LineFile | undefined;

  constructor(context: StageContext<MediatailorParams>, ports: UnitPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  get notes(): readonly string[] {
    return [
      ...(this.#cut > 0
        ? ['Some values were longer than their columns and cut; messages hold them whole.']
        : []),
      ...(this.#withoutTime > 0 ? ['Some events have an eventTimestamp that is no time: it is null.'] : []),
    ];
  }

  /** Publishes hour by hour. */
  async run(): Promise<void> {
    const { date } = this.#context;
    const parts = await this.#ports.reads(EVENTS).list(`date=${date}/`);
    try {
      for (const hour of HOURS) {
        const prefix = `date=${date}/hour=${hour}/`;
        const names = parts.filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key);
        if (names.length > 0) await this.#hour(hour, names);
        if (hour === '11' || hour === '23') await this.#endHalfDay(hour === '11' ? '00' : '12');
      }
    } finally {
      await this.#halfDay?.discard();
    }
  }

  /** One hour: an event's hour follows from its own time, so equal ids meet here, whenever they arrived. */
  async #hour(hour: string, names: readonly string[]): Promise<void> {
    const { date, params, scratch, signal } = this.#context;
    const name = `${fileOf(date)}-${hour}00.json`;
    const rows = LineFile.plain(join(scratch, name));
    const seen = new Set<string>();
    const csv = this.#csv();
    try {
      for (const part of names) {
        signal.throwIfAborted();
        const body = await this.#ports.reads(EVENTS).open(part);
        for await (const lines of linesOfGzip(body as AsyncIterable<Buffer>)) {
          for (const line of lines) {
            this.rowsIn += 1;
            const event = readEventLine(line);
            const id = standalone(event.logEventId);
            if (seen.has(id)) {
              this.duplicates += 1;
              continue;
            }
            seen.add(id);
            const flat = flattenEvent(event, params.beaconUri);
            this.#count(flat);
            rows.add(JSON.stringify(flat.row));
            csv.add(quickSightLine(flat));
            const [written, shown] = [rows.flush(), csv.flush()];
            if (written !== undefined) await written;
            if (shown !== undefined) await shown;
          }
        }
      }
      await this.#ports.writes(REDSHIFT).put(name, { file: await rows.end() });
      this.files.push(name);
      this.rowsOut += rows.lines;
      this.figures.endHour(`${date}T${hour}:00:00Z`);
    } finally {
      await rows.discard();
    }
  }

  #count({ row, details, cut, noEventTime }: FlatEvent): void {
    this.figures.add(row, details);
    this.#cut += cut;
    if (noEventTime) this.#withoutTime += 1;
  }

  #csv(): LineFile {
    if (this.#halfDay === undefined) {
      this.#halfDay = LineFile.plain(join(this.#context.scratch, `${fileOf(this.#context.date)}.csv`));
      this.#halfDay.add(quickSightHeader());
    }
    return this.#halfDay;
  }

  async #endHalfDay(start: '00' | '12'): Promise<void> {
    if (this.#halfDay === undefined) return;
    const name = `data/${fileOf(this.#context.date)}-${start}.csv`;
    await this.#ports.writes(QUICKSIGHT).put(name, { file: await this.#halfDay.end() });
    this.#halfDay = undefined;
  }
}
