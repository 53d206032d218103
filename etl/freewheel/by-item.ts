import { readFile } from 'node:fs/promises';
import { listValue } from '@duckdb/node-api';
import { failed } from '../../errors/errors.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { DaySlots, unitsOfSlots } from './day-slots.ts';
import { DIMENSIONS, headingOf, render, type Dimension, type Item, type ItemsDocument } from './documents.ts';
import { Engine } from '../runtime/duckdb-engine.ts';
import type { FreewheelParams } from './params.ts';

type Context = StageContext<FreewheelParams>;
type ItemRow = Item & { readonly dimension: Dimension; readonly average: number | null };

const itemOf = (row: ItemRow): Item => ({
  id: row.id,
  breaks: row.breaks,
  maxAds: row.maxAds,
  adsSelected: row.adsSelected,
  timeUnfilledSeconds: row.timeUnfilledSeconds,
  adDurationSeconds: row.adDurationSeconds,
  maxDurationSeconds: row.maxDurationSeconds,
  capacityImpressions: row.capacityImpressions,
  unsoldImpressions: row.unsoldImpressions,
  soldImpressions: row.soldImpressions,
});

const breaksOf = (items: readonly Item[]): number => items.reduce((sum, { breaks }) => sum + breaks, 0);

/** Sums each class by the ids of every dimension. */
class Summing implements StageWork {
  readonly #context: Context;
  readonly #engine: Engine;
  readonly #slots: DaySlots;
  readonly #sql: string;

  private constructor(context: Context, engine: Engine, sql: string) {
    this.#context = context;
    this.#engine = engine;
    this.#slots = new DaySlots(context);
    this.#sql = sql;
  }

  static async open(context: Context): Promise<Summing> {
    const sql = await readFile(new URL('./sql/by-item.sql', import.meta.url), 'utf8');
    return new Summing(context, await Engine.open(context.scratch), sql);
  }

  async work({ id: breakClass }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const rows = await this.#rows(breakClass, ports);
    const documents = DIMENSIONS.map((dimension): ItemsDocument => {
      const items = rows.filter((row) => row.dimension === dimension);
      return {
        ...headingOf(this.#context, breakClass),
        dimension,
        averageCreativeSeconds: items[0]?.average ?? null,
        items: items.map(itemOf),
      };
    });
    const slots = assertEqualBreaks(breakClass, documents);
    const out = ports.writes(`logs/by-item/class=${breakClass}/date=${this.#context.date}/`);
    for (const document of documents) await out.put(`${document.dimension}.json`, render(document));
    return { rowsIn: slots, rowsOut: slots };
  }

  async #rows(breakClass: string, ports: UnitPorts): Promise<readonly ItemRow[]> {
    const paths = await this.#slots.paths(ports);
    if (paths.length === 0) return [];
    const rows = await this.#engine.query(this.#sql, { files: listValue(paths), class: breakClass });
    return rows as unknown as readonly ItemRow[];
  }

  close(): Promise<void> {
    this.#engine.close();
    return Promise.resolve();
  }
}

/**
 * Every slot belongs to one item of each dimension, so the breaks of all dimensions are the same number.
 * @returns it
 * @throws ITEMS_DIFFER
 */
const assertEqualBreaks = (breakClass: string, documents: readonly ItemsDocument[]): number => {
  const counts = documents.map(({ dimension, items }) => [dimension, breaksOf(items)] as const);
  const slots = counts[0]?.[1] ?? 0;
  if (counts.every(([, breaks]) => breaks === slots)) return slots;
  throw failed({
    code: 'ITEMS_DIFFER',
    message: `The dimensions of ${breakClass} account for different numbers of slots.`,
    hint: 'This is a fault of by-item.sql; nothing was published.',
    details: Object.fromEntries(counts),
  });
};

/** Capacity by series, site, site section and platform device. A unit is a class. */
const stage: StageCode<FreewheelParams> = {
  units: (context) => unitsOfSlots(context, context.params.classes),
  open: (context) => Summing.open(context),
};

export default stage;
