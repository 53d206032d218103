import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listValue } from '@duckdb/node-api';
import { Engine } from '../runtime/duckdb-engine.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { StoredObject } from '../runtime/object-store.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import type { Row } from '../runtime/warehouse.ts';
import { totalsName, type DayTotals } from './documents.ts';
import { withoutRepeated } from './partials.ts';
import { aggregatedTable } from './tables.ts';

type Context = StageContext;

const PARTIALS = 'data/aggregated/';
const DAILY = 'data/daily/';

const sqlOf = (name: string): Promise<string> =>
  readFile(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');

const statements = async () => ({
  count: await sqlOf('count-requests'),
  merge: await sqlOf('merge'),
  totals: await sqlOf('totals'),
  rows: await sqlOf('rows'),
});

const nextDay = (date: string): string => new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);

const partialsOf = (context: Context): Promise<readonly StoredObject[]> =>
  context.reads(PARTIALS).list(`date=${context.date}/`);

/** Merges the sums of the day's files and loads them. */
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
    const { date, scratch } = this.#context;
    const names = (await partialsOf(this.#context)).map(({ key }) => key);
    const { counted, repeated } = withoutRepeated(names.map((name) => name.slice(`date=${date}/`.length)));
    const files = await this.#files(counted, ports);
    const target = join(scratch, 'aggregates.parquet');
    await this.#engine.query(this.#sql.merge, { files: listValue(files), target });
    const totals = await this.#totals(target);
    const notes = await this.#store(target, fingerprint);
    const out = ports.writes(DAILY);
    await out.put(totalsName(date), `${JSON.stringify(totals)}\n`);
    await out.put(`date=${date}/aggregates.parquet`, { file: target });
    const again = await this.#requests(await this.#files(repeated, ports));
    return {
      rowsIn: (await this.#requests(files)) + again,
      rowsOut: totals.requests,
      ...(again > 0 && { dropped: { 'repeated-file': again } }),
      notes,
    };
  }

  #files(names: readonly string[], ports: UnitPorts): Promise<readonly string[]> {
    const handle = ports.reads(PARTIALS);
    return Promise.all(names.map((name) => handle.asFile(`date=${this.#context.date}/${name}`)));
  }

  async #requests(files: readonly string[]): Promise<number> {
    if (files.length === 0) return 0;
    const [row] = await this.#engine.query(this.#sql.count, { files: listValue(files) });
    return row?.['requests'] as number;
  }

  async #totals(file: string): Promise<DayTotals> {
    const { date, incomplete, now } = this.#context;
    const [sums] = await this.#engine.query(this.#sql.totals, { file });
    return {
      date,
      asOf: now().toISOString(),
      ...(incomplete && { incomplete: true }),
      ...(sums as Pick<DayTotals, 'groups' | 'requests' | 'bytes' | 'minutes' | 'starts'>),
    };
  }

  /** Replaces the day's rows. @returns what to say about it */
  async #store(file: string, batch: string): Promise<readonly string[]> {
    const { warehouse, date } = this.#context;
    if (warehouse === undefined)
      return [`There is no warehouse: the table ${aggregatedTable.name} was not loaded.`];
    const [result] = await warehouse.load([
      {
        table: aggregatedTable,
        batch,
        scope: { timestamps: { from: `${date} 00:00:00`, before: `${nextDay(date)} 00:00:00` } },
        rows: this.#engine.rows(this.#sql.rows, { file }) as AsyncIterable<Row>,
      },
    ]);
    return result?.loaded === false ? [`The table ${aggregatedTable.name} holds these rows already.`] : [];
  }

  close(): Promise<void> {
    this.#engine.close();
    return Promise.resolve();
  }
}

/** Merges and loads a day. There is one unit, so that the table's rows of a date are replaced in one transaction. */
const stage: StageCode<unknown> = {
  async units(context) {
    const partials = await partialsOf(context);
    if (partials.length === 0) return [];
    const inputs = partials.map(({ key, etag }) => [key, etag]);
    return [
      { id: 'day', fingerprint: fingerprintOf(inputs, context.incomplete, context.warehouse !== undefined) },
    ];
  },
  open: (context) => Loading.open(context),
};

export default stage;
