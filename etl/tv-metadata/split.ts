import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failed, type PeachesError } from '../../errors/errors.ts';
import { expandedBytes } from '../runtime/expanded-bytes.ts';
import { isFileFault } from '../runtime/file-faults.ts';
import { fingerprintOf, shortHash } from '../runtime/fingerprint.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { DocumentSplit } from './document-split.ts';
import type { TvMetadataParams } from './params.ts';
import { rowsName } from './rows-name.ts';
import { notesOf, reportName, reportOf } from './report.ts';
import { ARRAYS } from './tables.ts';

type Context = StageContext<TvMetadataParams>;

const SOURCE = 'source/';
const DATA = 'data/';
/** The unit that looks at which regions have come. */
const REGIONS = 'regions';

/** What names of a day's documents begin with; neither month nor day is filled up with a zero. */
const stemOf = ({ date, params }: Context): string => {
  const [year, month, day] = date.split('-').map(Number);
  return `${params.prefix}${year}_${month}_${day}_`;
};

/** Which regions have come, which have not, and which nobody asked for. */
interface Arrivals {
  readonly present: readonly string[];
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

const arrivalsOf = (
  documents: readonly { readonly region: string }[],
  regions: readonly string[],
): Arrivals => {
  const found = documents.map(({ region }) => region);
  return {
    present: regions.filter((region) => found.includes(region)),
    missing: regions.filter((region) => !found.includes(region)),
    unexpected: found.filter((region) => !regions.includes(region)),
  };
};

const regionsMissing = (date: string, missing: readonly string[]): PeachesError =>
  failed({
    code: 'REGIONS_MISSING',
    message: `No document of ${missing.join(', ')} has come for ${date}.`,
    hint: 'When it arrives, run the day again; or take the region out of regions in the configuration.',
    details: { date, missing },
  });

const renderJson = (document: unknown): string => `${JSON.stringify(document, undefined, 2)}\n`;

/** Splits the documents of a day. */
class Splitting implements StageWork {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    return id === REGIONS ? this.#tellArrivals(ports) : this.#split(id, ports);
  }

  async #split(name: string, ports: UnitPorts): Promise<UnitResult> {
    const { date, params, scratch, signal, now } = this.#context;
    const region = regionOf(this.#context, name) ?? '';
    const folder = join(scratch, shortHash(name));
    await mkdir(folder, { recursive: true });
    const split = new DocumentSplit({ name, region, date, params, folder });
    try {
      const body = await ports.reads(SOURCE).open(name);
      const rejections = await split.run(expandedBytes(name, body), signal);
      const report = reportOf(split, { asOf: now().toISOString(), date, region });
      const data = ports.writes(DATA);
      for (const array of ARRAYS) {
        const { path } = split.files[array];
        await data.put(rowsName(array, date, region), { file: path });
      }
      await data.put(reportName(date, region), renderJson(report));
      await ports.quarantine.rows(rejections);
      const { rowsIn, rowsOut, rejected, dropped } = report;
      return { rowsIn, rowsOut, rejected, dropped, notes: notesOf(report) };
    } catch (error) {
      if (isFileFault(error)) await ports.quarantine.whole({ path: SOURCE, name }, error);
      throw error;
    } finally {
      await split.discard();
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #tellArrivals(ports: UnitPorts): Promise<UnitResult> {
    const { date, params, now } = this.#context;
    const arrivals = arrivalsOf(await documentsOf(this.#context), params.regions);
    const { missing, unexpected } = arrivals;
    await ports
      .writes(DATA)
      .put(`reports/date=${date}/regions.json`, renderJson({ asOf: now().toISOString(), date, ...arrivals }));
    if (missing.length > 0 && params.missingRegions === 'fail') throw regionsMissing(date, missing);
    const notes = [
      ...missing.map((region) => `No document of ${region} has come.`),
      ...unexpected.map((region) => `The document of ${region} was left: nobody asked for that region.`),
    ];
    return { rowsIn: 0, rowsOut: 0, notes };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The region of a day's document. Without a prefix of its own the feed takes names below any, and leading zeros. */
const regionOf = (context: Context, key: string): string | undefined => {
  const stem = stemOf(context);
  if (key.startsWith(stem)) return key.slice(stem.length);
  if (context.params.prefix !== '') return undefined;
  const [year, month, day] = context.date.split('-').map(Number);
  return new RegExp(`(?:^|[/_-])${year}_0?${month}_0?${day}_([^/_]+)$`, 'u').exec(key)?.[1];
};

const documentsOf = async (context: Context) => {
  const objects = await context.reads(SOURCE).list(context.params.prefix);
  const seen = new Set<string>();
  return objects.flatMap(({ key, etag }) => {
    const region = regionOf(context, key);
    if (region === undefined) return [];
    // A second document of a region is left, and told by its whole name.
    const isFirst = !seen.has(region);
    seen.add(region);
    return [{ name: key, region: isFirst ? region : key, etag }];
  });
};

/**
 * Splits each region's document of the day into a file of JSON lines for each table. A unit is a document; one
 * more tells which regions have come, unless none has: then it is a day without a delivery.
 */
const stage: StageCode<TvMetadataParams> = {
  async units(context) {
    const { regions, sentinels, repair, maxRepairs, missingRegions } = context.params;
    const found = await documentsOf(context);
    if (found.length === 0) return [];
    const documents = found
      .filter(({ region }) => regions.includes(region))
      .map(({ name, etag }) => ({
        id: name,
        fingerprint: fingerprintOf(etag, sentinels, repair, repair ? maxRepairs : 0),
      }));
    const fingerprint = fingerprintOf(arrivalsOf(found, regions), missingRegions);
    return [...documents, { id: REGIONS, fingerprint }];
  },
  open: (context) => Promise.resolve(new Splitting(context)),
};

export default stage;
