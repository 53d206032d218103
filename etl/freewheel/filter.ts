import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { listValue } from '@duckdb/node-api';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { DaySlots, unitsOfSlots } from './day-slots.ts';
import { headingOf, render, type SummaryDocument } from './documents.ts';
import { Engine } from '../runtime/duckdb-engine.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { FreewheelParams } from './params.ts';

type Context = StageContext<FreewheelParams>;

/** The unit that counts the slots of all classes that were not asked for. */
const OTHER_CLASSES = 'other classes';

const statements = async () => ({
  summary: await readFile(new URL('./sql/summary.sql', import.meta.url), 'utf8'),
  rejected: await readFile(new URL('./sql/rejected.sql', import.meta.url), 'utf8'),
  filtered: await readFile(new URL('./sql/filtered.sql', import.meta.url), 'utf8'),
  otherClasses: await readFile(new URL('./sql/other-classes.sql', import.meta.url), 'utf8'),
});

/** Publishes slots and sums of the classes that were asked for, and counts the others. */
class Filtering implements StageWork {
  readonly #context: Context;
  readonly #engine: Engine;
  readonly #slots: DaySlots;
  readonly #sql: Awaited<ReturnType<typeof statements>>;

  private constructor(context: Context, engine: Engine, sql: Awaited<ReturnType<typeof statements>>) {
    this.#context = context;
    this.#engine = engine;
    this.#slots = new DaySlots(context);
    this.#sql = sql;
  }

  static async open(context: Context): Promise<Filtering> {
    const sql = await statements();
    // Classes are worked two at a time.
    return new Filtering(context, await Engine.open(context.scratch, 1), sql);
  }

  work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    return id === OTHER_CLASSES ? this.#countOthers(ports) : this.#publish(id, ports);
  }

  async #publish(breakClass: string, ports: UnitPorts): Promise<UnitResult> {
    const { date } = this.#context;
    const out = ports.writes(`logs/filtered/class=${breakClass}/date=${date}/`);
    const summary = await this.#summary(breakClass, ports);
    const { file, slots } = await this.#filtered(breakClass, summary.slots, ports);
    await out.put('slots.jsonl.gz', { file });
    await out.put('summary.json', render(summary));
    return { rowsIn: summary.slots, rowsOut: slots };
  }

  async #summary(breakClass: string, ports: UnitPorts): Promise<SummaryDocument> {
    const paths = await this.#slots.paths(ports);
    const sums = { slots: 0, opportunities: 0, missed: 0, rejected: 0 };
    if (paths.length > 0) {
      const parameters = { files: listValue(paths), class: breakClass };
      Object.assign(sums, ...(await this.#engine.query(this.#sql.summary, parameters)));
      Object.assign(sums, ...(await this.#engine.query(this.#sql.rejected, parameters)));
    }
    return {
      ...headingOf(this.#context, breakClass),
      files: paths.length,
      slots: sums.slots,
      adOpportunitiesSeconds: sums.opportunities,
      missedOpportunitiesSeconds: sums.missed,
      monetizedSeconds: sums.opportunities - sums.missed,
      unsoldSeconds: sums.missed,
      sellThrough: sums.opportunities === 0 ? null : 1 - sums.missed / sums.opportunities,
      rowsRejected: sums.rejected,
    };
  }

  /** @returns a gzip file of JSON lines, and how many there are */
  async #filtered(breakClass: string, expected: number, ports: UnitPorts) {
    const target = join(this.#context.scratch, `${breakClass}.jsonl`);
    const compressed = `${target}.gz`;
    let slots = 0;
    if (expected > 0) {
      const files = listValue(await this.#slots.paths(ports));
      slots = await this.#engine.copy(this.#sql.filtered, { files, class: breakClass, target });
    }
    await pipeline(
      expected > 0 ? createReadStream(target, { highWaterMark: 1 << 20 }) : [],
      // The fastest level: a better one takes twice as long for a tenth of the size.
      createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 1 << 18 }),
      createWriteStream(compressed),
    );
    await rm(target, { force: true });
    return { file: compressed, slots };
  }

  async #countOthers(ports: UnitPorts): Promise<UnitResult> {
    const paths = await this.#slots.paths(ports);
    if (paths.length === 0) return { rowsIn: 0, rowsOut: 0 };
    const parameters = { files: listValue(paths), classes: listValue(this.#context.params.classes) };
    const others = (await this.#engine.query(this.#sql.otherClasses, parameters)) as readonly {
      readonly class: string;
      readonly slots: number;
    }[];
    return {
      rowsIn: others.reduce((sum, { slots }) => sum + slots, 0),
      rowsOut: 0,
      dropped: Object.fromEntries(others.map((other) => [`class ${other.class || '(none)'}`, other.slots])),
    };
  }

  close(): Promise<void> {
    this.#engine.close();
    return Promise.resolve();
  }
}

/** Slots and sums of each break class. A unit is a class; one more counts the classes not asked for. */
const stage: StageCode<FreewheelParams> = {
  async units(context) {
    const { classes } = context.params;
    const units = await unitsOfSlots(context, [...classes, OTHER_CLASSES]);
    return units.map((unit) =>
      unit.id === OTHER_CLASSES ? { ...unit, fingerprint: fingerprintOf(unit.fingerprint, classes) } : unit,
    );
  },
  open: (context) => Filtering.open(context),
};

export default stage;
