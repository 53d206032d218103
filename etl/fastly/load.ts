import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { listValue } from '@duckdb/node-api';
import { rangeOfDay } from '../runtime/dates.ts';
import { Engine } from '../runtime/duckdb-engine.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { StoredObject } from '../runtime/object-store.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import type { Row } from '../runtime/warehouse.ts';
import { TOTALS, type DayTotals } from './documents.ts';
import { hourFolder, withoutRepeated } from './partials.ts';
import { aggregatedTable } from './tables.ts';

type Context = StageContext;

const PARTIALS = 'data/aggregated/';
const DAILY = 'data/daily/';

const statements = async () => ({
  count: await readFile(new URL('./sql/count-requests.sql', import.meta.url), 'utf8'),
  merge: await readFile(new URL('./sql/merge.sql', import.meta.url), 'utf8'),
  totals: await readFile(new URL('./sql/totals.sql', import.meta.url), 'utf8'),
  rows: await readFile(new URL('./sql/rows.sql', import.meta.url), 'utf8'),
});

const partialsOf = (context: Context): Promise<readonly StoredObject[]> =>
  context.reads(PARTIALS).list(`date=${context.date}/`);

/** Names of an hour's sums by hour, in order. */
const byHour = (partials: readonly StoredObject[]): ReadonlyMap<string, readonly string[]> => {
  const hours = new Map<string, string[]>();
  for (const { key } of partials) {
    const [, hour = '', name = ''] = /hour=(\d\d)\/([^/]+)$/u.exec(key) ?? [];
    hours.set(hour, [...(hours.get(hour) ?? []), name]);
  }
  return hours;
};

/** Merges the sums of the day's files, an hour at a time, and loads them. */
class Loading implements StageWork {
  readonly #context: Context;
  readonly #engine: Engine;
  readonly #sql: Awaited<ReturnType<typeof statements>>;

  private constructor(context: Context, engine: Engine, sql: Awaited<ReturnType<typeof statements>>) {
    this.#context = context;
    this.#engine = engine;
    this.#sql = sql;
  }

  static async open(context: Context): Promise<Loading> {
    const sql = await statements();
    return new Loading(context, await Engine.open(context.scratch), sql);
  }

  async work({ fingerprint }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { date } = this.#context;
    let [rowsIn, repeated] = [0, 0];
    const merged: string[] = [];
    for (const [hour, names] of byHour(await partialsOf(this.#context))) {
      const { counted, repeated: again } = withoutRepeated(names);
      const files = await this.#files(hour, counted, ports);
      const target = join(this.#context.scratch, `hour=${hour}.parquet`);
      await this.#engine.query(this.#sql.merge, { files: listValue(files), target });
      merged.push(target);
      rowsIn += await this.#requests(files);
      repeated += await this.#requests(await this.#files(hour, again, ports));
    }
    const totals = await this.#totals(merged);
    const notes = await this.#store(merged, fingerprint, totals.groups);
    const out = ports.writes(`${DAILY}date=${date}/`);
    await out.put(TOTALS, `${JSON.stringify(totals)}\n`);
    for (const file of merged) await out.put(basename(file), { file });
    return {
      rowsIn: rowsIn + repeated,
      rowsOut: totals.requests,
      ...(repeated > 0 && { dropped: { 'repeated-file': repeated } }),
      notes,
    };
  }

  #files(hour: string, names: readonly string[], ports: UnitPorts): Promise<readonly string[]> {
    const handle = ports.reads(PARTIALS);
    const folder = hourFolder(`${this.#context.date} ${hour}`);
    return Promise.all(names.map((name) => handle.asFile(`${folder}${name}`)));
  }

  async #requests(files: readonly string[]): Promise<number> {
    if (files.length === 0) return 0;
    const [row] = await this.#engine.query(this.#sql.count, { files: listValue(files) });
    return row?.['requests'] as number;
  }

  async #totals(files: readonly string[]): Promise<DayTotals> {
    const { date, incomplete, now } = this.#context;
    const [sums] =
      files.length === 0 ? [] : await this.#engine.query(this.#sql.totals, { files: listValue(files) });
    return {
      date,
      asOf: now().toISOString(),
      ...(incomplete && { incomplete: true }),
      ...{ groups: 0, requests: 0, bytes: 0, minutes: 0, starts: 0 },
      ...(sums as Pick<DayTotals, 'groups' | 'requests' | 'bytes' | 'minutes' | 'starts'>),
    };
  }

  /** Replaces the day's rows. @returns what to say about it */
  async #store(files: readonly string[], batch: string, expected: number): Promise<readonly string[]> {
    const { warehouse, date } = this.#context;
    if (warehouse === undefined)
      return [`There is no warehouse: the table ${aggregatedTable.name} was not loaded.`];
    const [result] = await warehouse.load([
      {
        table: aggregatedTable,
        batch,
        scope: { timestamps: rangeOfDay(date) },
        rows: this.#rows(files),
        expected: () => expected,
      },
    ]);
    return result?.loaded === false ? [`The table ${aggregatedTable.name} holds these rows already.`] : [];
  }

  async *#rows(files: readonly string[]): AsyncGenerator<Row> {
    for (const file of files) yield* this.#engine.rows(this.#sql.rows, { file }) as AsyncIterable<Row>;
  }

  close(): Promise<void> {
    this.#engine.close();
    return Promise.resolve();
  }
}

/**
 * Merges and loads a day. There is one unit, so that the table's rows of a date are replaced in one transaction; of
 * a day without sums only when its files could not be read.
 */
const stage: StageCode<unknown> = {
  async units(context) {
    const partials = await partialsOf(context);
    if (partials.length === 0 && !context.incomplete) return [];
    const inputs = partials.map(({ key, etag }) => [key, etag]);
    return [
      { id: 'day', fingerprint: fingerprintOf(inputs, context.incomplete, context.warehouse !== undefined) },
    ];
  },
  open: (context) => Loading.open(context),
};

export default stage;
