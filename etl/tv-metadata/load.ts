import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import type { TvMetadataParams } from './params.ts';
import { rowsOf } from './rows.ts';
import { ARRAYS, tables, type ArrayName } from './tables.ts';

type Context = StageContext<TvMetadataParams>;

const DATA = 'data/';

const nameOf = (array: ArrayName, date: string, region: string): string =>
  `${array}/date=${date}/region=${region}.ndjson.gz`;

const regionIn = (name: string): string => /region=(.*)\.ndjson\.gz$/u.exec(name)?.[1] ?? '';

/** Loads the split files of a day. */
class Loading implements StageWork {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async work({ id, fingerprint }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { date, warehouse } = this.#context;
    if (warehouse === undefined)
      return { rowsIn: 0, rowsOut: 0, notes: ['There is no warehouse: the tables were not loaded.'] };
    const [region = '', array = ''] = id.split('/');
    const table = tables[array as ArrayName];
    const body = await ports.reads(DATA).open(nameOf(array as ArrayName, date, region));
    const scope = { ingest_time: `${date} 00:00:00`, region };
    const batch = fingerprint;
    const [result] = await warehouse.load([{ table, batch, scope, rows: rowsOf(body, table) }]);
    const { loaded = false, rows = 0 } = result ?? {};
    const notes = loaded ? [] : [`${table.name} holds these rows of ${region} already.`];
    return { rowsIn: rows, rowsOut: rows, notes };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Replaces the rows of a day and region in each table. A unit is a region's part of a table: one transaction. */
const stage: StageCode<TvMetadataParams> = {
  async units(context) {
    const units: Unit[] = [];
    for (const array of ARRAYS) {
      const files = await context.reads(DATA).list(`${array}/date=${context.date}/`);
      for (const { key, etag } of files) {
        const id = `${regionIn(key)}/${array}`;
        units.push({ id, fingerprint: fingerprintOf(key, etag, context.warehouse !== undefined) });
      }
    }
    return units;
  },
  open: (context) => Promise.resolve(new Loading(context)),
};

export default stage;
