import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { failed, type PeachesError } from '../../errors/errors.ts';
import { LineFile } from '../runtime/line-file.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { textLines } from '../runtime/text-lines.ts';
import type { Load, Row } from '../runtime/warehouse.ts';
import { readEventLine } from './event-lines.ts';
import { flattenEvent, type FlatEvent } from './event-row.ts';
import { DayFigures } from './figures.ts';
import { linesOfGzip } from './gzip-lines.ts';
import type { MediatailorParams } from './params.ts';
import { checkPermissions } from './permissions.ts';
import { quickSightHeader, quickSightLine, quickSightManifest } from './quicksight.ts';
import {
  adEventTypeTable,
  errorTable,
  fillrateTable,
  impressionBeaconTable,
  interactionsTable,
  uniqueUsersTable,
} from './tables.ts';

type Context = StageContext<MediatailorParams>;

const EVENTS = 'data/events/';
const REDSHIFT = 'data/redshift/';
const QUICKSIGHT = 'data/quicksight/';
const SUMMARY = 'data/summary/';

const EVENTS_UNIT = 'events';
const PERMISSIONS = 'permission.csv';

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
const MS_PER_DAY = 86_400_000;

const summaryOf = (date: string): string => `date=${date}/summary.json`;

/** Month, day, year, as the reports know the files: `mediaTailorData-03012021`. */
const fileOf = (date: string): string => {
  const [year = '', month = '', day = ''] = date.split('-');
  return `mediaTailorData-${month}${day}${year}`;
};

/** A text that is no part of a line, which would stay in memory with it. */
const standalone = (text: string): string => Buffer.from(text).toString();

const rowsLost = (expected: number, loaded: number): PeachesError =>
  failed({
    code: 'RECONCILIATION_BROKEN',
    message: `${expected} events were unpacked, but the warehouse took ${loaded}.`,
    hint: 'This is a fault of the stage: rows were lost or counted twice.',
    details: { expected, loaded },
  });

/** Makes of a day's events what is published: each event once, whatever number of objects it came in. */
class DayLoading {
  readonly #context: Context;
  readonly #ports: UnitPorts;
  readonly #figures = new DayFigures();
  /** Names of the published rows, an hour each. */
  readonly #published: string[] = [];
  #rowsIn = 0;
  #cut = 0;
  #withoutTime = 0;
  #halfDay: LineFile | undefined;

  constructor(context: Context, ports: UnitPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** @param batch equal for equal events */
  async run(batch: string): Promise<UnitResult> {
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
    const out = this.#ports.writes(QUICKSIGHT);
    const manifest = quickSightManifest({ URIPrefixes: [out.uri('data/')] });
    await out.put('manifest.json', manifest, { lasting: true });
    await this.#summarize();
    const notes = await this.#store(batch);
    const { events } = this.#figures;
    return {
      rowsIn: this.#rowsIn,
      rowsOut: events,
      dropped: this.#duplicates(),
      notes: [...this.#flaws(), ...notes],
    };
  }

  #flaws(): readonly string[] {
    return [
      ...(this.#cut > 0
        ? ['Some values were longer than their columns and cut; messages hold them whole.']
        : []),
      ...(this.#withoutTime > 0 ? ['Some events have an eventTimestamp that is no time: it is null.'] : []),
    ];
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
        for await (const texts of linesOfGzip(body as AsyncIterable<Buffer>)) {
          for (const text of texts) {
            this.#rowsIn += 1;
            const event = readEventLine(text);
            const id = standalone(event.logEventId);
            if (seen.has(id)) continue;
            seen.add(id);
            const flat = flattenEvent(event, params.beaconUri);
            this.#count(flat);
            rows.add(JSON.stringify(flat.row));
            csv.add(quickSightLine(flat));
            const [row, shown] = [rows.flush(), csv.flush()];
            if (row !== undefined) await row;
            if (shown !== undefined) await shown;
          }
        }
      }
      await this.#ports.writes(REDSHIFT).put(name, { file: await rows.end() });
      this.#published.push(name);
      this.#figures.endHour(`${date}T${hour}:00:00Z`);
    } finally {
      await rows.discard();
    }
  }

  #count({ row, details, cut, noEventTime }: FlatEvent): void {
    this.#figures.add(row, details);
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

  #duplicates(): Readonly<Record<string, number>> {
    const duplicates = this.#rowsIn - this.#figures.events;
    return duplicates > 0 ? { duplicate: duplicates } : {};
  }

  async #summarize(): Promise<void> {
    const { date, incomplete, now } = this.#context;
    const { events, eventTypes, originFills } = this.#figures;
    const summary = {
      date,
      asOf: now().toISOString(),
      ...(incomplete && { incomplete: true }),
      ...{ events, duplicates: this.#rowsIn - events, eventTypes, fillRates: originFills },
    };
    await this.#ports.writes(SUMMARY).put(summaryOf(date), `${JSON.stringify(summary)}\n`);
  }

  /** Replaces the day in all tables in one transaction. @returns what to say about it */
  async #store(batch: string): Promise<readonly string[]> {
    const { warehouse, date } = this.#context;
    if (warehouse === undefined) return ['There is no warehouse: the tables were not loaded.'];
    const before = new Date(Date.parse(`${date}T00:00:00Z`) + MS_PER_DAY).toISOString().slice(0, 10);
    const range = { from: `${date} 00:00:00`, before: `${before} 00:00:00` };
    const figures = this.#figures;
    const aggregate = (table: Load['table'], rows: readonly Row[]): Load => ({
      ...{ table, batch, rows },
      scope: { query_date: range },
    });
    const [interactions] = await warehouse.load([
      { table: interactionsTable, batch, scope: { request_time: range }, rows: this.#rows() },
      aggregate(fillrateTable, figures.fillrate),
      aggregate(adEventTypeTable, figures.adEventType),
      aggregate(errorTable, figures.error),
      aggregate(uniqueUsersTable, figures.uniqueUsers),
      aggregate(impressionBeaconTable, figures.impressionBeacon),
    ]);
    if (interactions === undefined || interactions.rows !== figures.events) {
      throw rowsLost(figures.events, interactions?.rows ?? 0);
    }
    return interactions.loaded ? [] : ['The tables hold these events already.'];
  }

  /** The published rows, read from where they were published. */
  async *#rows(): AsyncGenerator<Row> {
    for (const name of this.#published) {
      const body = await this.#ports.reads(REDSHIFT).open(name);
      for await (const lines of textLines(body as AsyncIterable<Buffer>)) {
        for (const line of lines) yield JSON.parse(line) as Row;
      }
    }
  }
}

/** Columns that rules must have: those of the data set, if there is one. */
const ruleColumns = ({ quicksightUsers, quicksightRules }: MediatailorParams) =>
  quicksightUsers.length === 0 ? undefined : quicksightRules;

/** Publishes the rules of who sees which rows in QuickSight. */
const publishPermissions = async (ports: UnitPorts, params: MediatailorParams): Promise<UnitResult> => {
  const { csv, rules, unrestricted } = checkPermissions(
    await ports.reads('data/').bytes(PERMISSIONS),
    ruleColumns(params),
  );
  const out = ports.writes(QUICKSIGHT);
  const name = `permissions/${PERMISSIONS}`;
  await out.put(name, csv, { lasting: true });
  const manifest = quickSightManifest({ URIs: [out.uri(name)] });
  await out.put('permissions.manifest.json', manifest, { lasting: true });
  const lines = unrestricted.join(', ');
  const notes = unrestricted.length === 0 ? [] : [`permission.csv restricts nothing in line ${lines}.`];
  return { rowsIn: rules, rowsOut: rules, notes };
};

const fingerprintOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/**
 * Publishes the day: rows for the warehouse, files for QuickSight, figures. A unit is the whole day, so that its
 * rows and figures are replaced in one transaction; another is the file of row-level rules.
 */
const stage: StageCode<MediatailorParams> = {
  async units(context) {
    const { date, params, warehouse } = context;
    const parts = await context.reads(EVENTS).list(`date=${date}/`);
    const isKnown = (await context.reads(SUMMARY).head(summaryOf(date))) !== undefined;
    const rules = await context.reads('data/').head(PERMISSIONS);
    const inputs = parts.map(({ key, etag }) => [key, etag]);
    const isEmpty = parts.length === 0 && !isKnown && !context.incomplete;
    const fingerprint = fingerprintOf(inputs, params.beaconUri, context.incomplete, warehouse !== undefined);
    return [
      ...(isEmpty ? [] : [{ id: EVENTS_UNIT, fingerprint }]),
      ...(rules === undefined
        ? []
        : [{ id: PERMISSIONS, fingerprint: fingerprintOf(rules.etag, ruleColumns(params)) }]),
    ];
  },
  open: (context): Promise<StageWork> =>
    Promise.resolve({
      work: ({ id, fingerprint }: Unit, ports: UnitPorts) =>
        id === PERMISSIONS
          ? publishPermissions(ports, context.params)
          : new DayLoading(context, ports).run(fingerprint),
      close: () => Promise.resolve(),
    }),
};

export default stage;
