import { failed, type PeachesError } from '../../errors/errors.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import type { ReadHandle } from '../runtime/handles.ts';
import type { Row } from '../runtime/warehouse.ts';
import {
  headingOf,
  NAMED_DIMENSIONS,
  render,
  type ItemsDocument,
  type NamedDimension,
  type NamedItem,
  type NamedItemsDocument,
} from './documents.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { FreewheelParams } from './params.ts';
import { capacityTable } from './tables.ts';

type Context = StageContext<FreewheelParams>;
type Names = ReadonlyMap<string, string | null>;

const ITEMS = 'logs/by-item/';
const NAMES = 'ids/';

const itemsOf = (breakClass: string, date: string, dimension: string): string =>
  `class=${breakClass}/date=${date}/${dimension}.json`;
const namesOf = (dimension: string): string => `${dimension}/names.json`;

const readJson = async (handle: ReadHandle, name: string): Promise<unknown> =>
  JSON.parse((await handle.bytes(name)).toString());

const isDictionary = (value: unknown): value is Readonly<Record<string, string | null>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((name) => name === null || typeof name === 'string');

const namesInvalid = (file: string, cause?: unknown): PeachesError =>
  failed({
    code: 'NAMES_INVALID',
    message: `${NAMES}${file} is not JSON of the form {"<id>": "<name>"}.`,
    hint: 'Mend it, or remove it so that items stay unnamed until the stage ids writes it anew; then run the day again.',
    details: { file: `${NAMES}${file}` },
    cause,
  });

/** The dictionary of a dimension; undefined when there is none yet. @throws NAMES_INVALID */
const readNames = async (handle: ReadHandle, dimension: NamedDimension): Promise<Names | undefined> => {
  const file = namesOf(dimension);
  if ((await handle.head(file)) === undefined) return undefined;
  const names = parseNames(file, await handle.bytes(file));
  if (!isDictionary(names)) throw namesInvalid(file);
  return new Map(Object.entries(names));
};

const parseNames = (file: string, bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw namesInvalid(file, error);
  }
};

const rowOf = (document: NamedItemsDocument, item: NamedItem): Row => ({
  date: document.date,
  class: document.class,
  dimension: document.dimension,
  id: item.id,
  name: item.name,
  breaks: item.breaks,
  max_ads: item.maxAds,
  ads_selected: item.adsSelected,
  time_unfilled_seconds: item.timeUnfilledSeconds,
  ad_duration_seconds: item.adDurationSeconds,
  max_duration_seconds: item.maxDurationSeconds,
  average_creative_seconds: document.averageCreativeSeconds,
  capacity_impressions: item.capacityImpressions,
  unsold_impressions: item.unsoldImpressions,
  sold_impressions: item.soldImpressions,
});

/** Names the day's items and loads them. */
class Loading implements StageWork {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async work(_unit: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { params } = this.#context;
    const notes: string[] = [];
    const documents: NamedItemsDocument[] = [];
    for (const dimension of NAMED_DIMENSIONS) {
      const names = await readNames(ports.reads(NAMES), dimension);
      if (names === undefined) notes.push(`There are no names of ${dimension} yet: its items stay unnamed.`);
      for (const breakClass of params.classes) {
        documents.push(await this.#named(breakClass, dimension, names ?? new Map(), ports));
      }
    }
    for (const document of documents) {
      const out = ports.writes(`logs/load/class=${document.class}/date=${document.date}/`);
      await out.put(`${document.dimension}.json`, render(document));
    }
    const rows = documents.flatMap((document) => document.items.map((item) => rowOf(document, item)));
    notes.push(...(await this.#store(rows)));
    return { rowsIn: rows.length, rowsOut: rows.length, notes };
  }

  async #named(
    breakClass: string,
    dimension: NamedDimension,
    names: Names,
    ports: UnitPorts,
  ): Promise<NamedItemsDocument> {
    const source = itemsOf(breakClass, this.#context.date, dimension);
    const { averageCreativeSeconds, items } = (await readJson(ports.reads(ITEMS), source)) as ItemsDocument;
    const named = items.map(({ id, ...figures }) => ({ id, name: names.get(id) ?? null, ...figures }));
    return {
      ...headingOf(this.#context, breakClass),
      dimension,
      averageCreativeSeconds,
      unnamed: named.filter(({ name }) => name === null).length,
      items: named,
    };
  }

  /** Replaces the day's rows of all classes in one transaction. @returns what to say about it */
  async #store(rows: readonly Row[]): Promise<readonly string[]> {
    const { warehouse, date } = this.#context;
    if (warehouse === undefined) return ['There is no warehouse: the capacity table was not loaded.'];
    const batch = fingerprintOf(date, rows);
    const [result] = await warehouse.load([
      { table: capacityTable, batch, scope: { date }, rows, expected: () => rows.length },
    ]);
    return result?.loaded === true ? [] : ['The capacity table holds these rows already.'];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const etagOf = async (handle: ReadHandle, name: string): Promise<string | undefined> =>
  (await handle.head(name))?.etag;

/**
 * Puts names on the items of the day and loads them into the warehouse. There is one unit, so that the
 * table's rows of a date are replaced in one transaction, also when a class is no longer asked for.
 */
const stage: StageCode<FreewheelParams> = {
  async units(context) {
    const { date, params, warehouse } = context;
    const [items, names] = [context.reads(ITEMS), context.reads(NAMES)];
    const inputs: unknown[] = [];
    for (const breakClass of params.classes) {
      for (const dimension of NAMED_DIMENSIONS) {
        const etag = await etagOf(items, itemsOf(breakClass, date, dimension));
        if (etag === undefined) return [];
        inputs.push([breakClass, dimension, etag]);
      }
    }
    for (const dimension of NAMED_DIMENSIONS) inputs.push((await etagOf(names, namesOf(dimension))) ?? null);
    const fingerprint = fingerprintOf(inputs, context.incomplete, warehouse !== undefined);
    return [{ id: 'capacity', fingerprint }];
  },
  open: (context) => Promise.resolve(new Loading(context)),
};

export default stage;
