import type { StageContext, Unit, UnitPorts } from '../runtime/stage.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { ReadHandle } from '../runtime/handles.ts';
import type { StoredObject } from '../runtime/object-store.ts';
import type { FreewheelParams } from './params.ts';

type Context = StageContext<FreewheelParams>;

/** Where a day's slots lie: a Parquet file for each log, and a note for each copy of a log. */
export const slotsOf = (date: string): string => `logs/slots/date=${date}/`;

const parquetFiles = async (slots: ReadHandle): Promise<readonly StoredObject[]> =>
  (await slots.list()).filter(({ key }) => key.endsWith('.parquet'));

/**
 * Units of a stage that works the day's slots class by class: none on a day without a file, all when there
 * are slots, or when the only files of the day could not be used.
 * @param names of the units
 */
export const unitsOfSlots = async (context: Context, names: readonly string[]): Promise<readonly Unit[]> => {
  const files = await parquetFiles(context.reads(slotsOf(context.date)));
  if (files.length === 0 && !context.incomplete) return [];
  const inputs = files.map(({ key, etag }) => [key, etag]);
  const fingerprint = fingerprintOf(inputs, context.incomplete);
  return names.map((name) => ({ id: name, fingerprint }));
};

/** The Parquet files of a day's slots, fetched once for all units of a stage. */
export class DaySlots {
  readonly #date: string;
  #files: Promise<readonly string[]> | undefined;

  constructor({ date }: Context) {
    this.#date = date;
  }

  /** Local paths in the order of the files' names, which is the order of all that is made of them. */
  async paths(ports: UnitPorts): Promise<readonly string[]> {
    return (this.#files ??= this.#fetch(ports));
  }

  async #fetch(ports: UnitPorts): Promise<readonly string[]> {
    const handle = ports.reads(slotsOf(this.#date));
    const files: string[] = [];
    for (const { key } of await parquetFiles(handle)) files.push(await handle.asFile(key));
    return files;
  }
}
