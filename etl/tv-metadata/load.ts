import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { ReadHandle } from '../runtime/handles.ts';
import { jsonRows } from '../runtime/json-rows.ts';
import { publishedRows } from '../runtime/published-rows.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import type { TvMetadataParams } from './params.ts';
import { reportName, type RegionReport } from './report.ts';
import { regionOfRows, rowsName } from './rows-name.ts';
import { ARRAYS, tables, type ArrayName } from './tables.ts';

type Context = StageContext<TvMetadataParams>;

const DATA = 'data/';

/** Loads the split files of a day. */
class Loading implements StageWork {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { date, warehouse } = this.#context;
    if (warehouse === undefined)
      return { rowsIn: 0, rowsOut: 0, notes: ['There is no warehouse: the tables were not loaded.'] };
    const [region, array] = id.split('/') as [string, ArrayName];
    const table = tables[array];
    const data = ports.reads(DATA);
    const name = rowsName(array, date, region);
    const file = await data.head(name);
    const expected = file === undefined ? 0 : await this.#rowsSplit(data, region, array);
    const [result] = await warehouse.load([
      {
        ...{ table, expected: () => expected, batch: fingerprintOf(name, file?.etag) },
        scope: { ingest_time: `${date} 00:00:00`, region },
        rows: file === undefined ? [] : publishedRows(data, [name], table, jsonRows),
      },
    ]);
    const { loaded = false, rows = 0 } = result ?? {};
    const notes = loaded ? [] : [`${table.name} holds these rows of ${region} already.`];
    return { rowsIn: expected, rowsOut: rows, notes };
  }

  /** Rows of a table that the splitting of the region's document has counted. */
  async #rowsSplit(data: ReadHandle, region: string, array: ArrayName): Promise<number> {
    const report = (await data.bytes(reportName(this.#context.date, region))).toString();
    return (JSON.parse(report) as RegionReport).rows[array];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Replaces the rows of a day and region in each table. A unit is a region's part of a table: one transaction. A
 * region whose document could be read once and now can't has no file any more: its rows go as well.
 */
const stage: StageCode<TvMetadataParams> = {
  async units(context) {
    const { date, params, warehouse } = context;
    const data = context.reads(DATA);
    const reports = await data.list(`reports/date=${date}/`);
    const units: Unit[] = [];
    for (const array of ARRAYS) {
      const files = await data.list(`${array}/date=${date}/`);
      const etags = new Map<string, string | undefined>(
        files.map(({ key, etag }) => [regionOfRows(key), etag]),
      );
      const lacking = params.regions.filter((region) => !etags.has(region));
      if (lacking.length > 0 && context.incomplete)
        for (const region of lacking) etags.set(region, undefined);
      for (const [region, etag] of etags) {
        const report = reports.find(({ key }) => key === reportName(date, region))?.etag;
        const fingerprint = fingerprintOf(
          rowsName(array, date, region),
          etag,
          report,
          warehouse !== undefined,
        );
        units.push({ id: `${region}/${array}`, fingerprint });
      }
    }
    return units;
  },
  open: (context) => Promise.resolve(new Loading(context)),
};

export default stage;
