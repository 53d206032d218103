import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shortHash } from '../runtime/fingerprint.ts';
import type { StageCode, StageContext, StageWork, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { Engine } from '../runtime/duckdb-engine.ts';
import { isFileFault } from '../runtime/file-faults.ts';
import { LogDigests, unitsOfLogs, type LogUnit } from './copied-logs.ts';
import { slotsOf } from './day-slots.ts';
import { LogThreads } from './log-threads.ts';
import type { FreewheelParams } from './params.ts';

const SAMPLED =
  'LogSampleAmplifier is not 1 in some slots: these logs are a sample, and the figures are not multiplied.';

const rawOf = (date: string): string => `logs/raw/date=${date}/`;

/** A log is the same log as gzip and as CSV, so that with another `rawFormat` its slots are replaced. */
const logOf = (file: string): string => (file.endsWith('.gz') ? file.slice(0, -'.gz'.length) : file);

/** What a copy leaves in place of slots, which outlive the raw files. */
interface CopyNote {
  /** Of the copy. */
  readonly etag: string;
  readonly original: string;
  /** Name of the original's slots. */
  readonly slots: string;
}

const noteOf = (log: string): string => `${log}.copy.json`;

/** Turns raw files into slots, one Parquet file each. */
class SlotExtraction implements StageWork {
  readonly #context: StageContext<FreewheelParams>;
  readonly #engine: Engine;
  readonly #threads: LogThreads;
  readonly #digests: LogDigests;
  readonly #store: string;

  private constructor(context: StageContext<FreewheelParams>, engine: Engine, store: string) {
    this.#context = context;
    this.#engine = engine;
    this.#digests = new LogDigests(context.signal);
    this.#threads = new LogThreads(context.signal);
    this.#store = store;
  }

  static async open(context: StageContext<FreewheelParams>): Promise<SlotExtraction> {
    const store = await readFile(new URL('./sql/store-slots.sql', import.meta.url), 'utf8');
    return new SlotExtraction(context, await Engine.open(context.scratch, 1), store);
  }

  async work(unit: LogUnit, ports: UnitPorts): Promise<UnitResult> {
    const original =
      (await this.#goneOriginalOf(unit, ports)) ??
      (await this.#digests.originalOf(unit, ports.reads(rawOf(this.#context.date))));
    return original === undefined ? this.#extract(unit.id, ports) : this.#leaveOut(unit, original, ports);
  }

  async #extract(id: string, ports: UnitPorts): Promise<UnitResult> {
    const { date, scratch } = this.#context;
    const base = join(scratch, shortHash(id));
    const [lines, rejections, parquet] = [`${base}.csv`, `${base}.jsonl.gz`, `${base}.parquet`];
    try {
      const path = await ports.reads(rawOf(date)).asFile(id);
      const log = await this.#threads.read({ id, path, lines, rejections });
      const rejected = JSON.stringify(log.rejectedByClass);
      const slots = await this.#engine.copy(this.#store, { lines, target: parquet, rejected });
      await ports.writes(slotsOf(date)).put(await this.#nameOf(id, ports), { file: parquet });
      await ports.quarantine.rows(log.rejections);
      return {
        rowsIn: log.rows,
        rowsOut: slots,
        rejected: log.rejectedByReason,
        dropped: log.others > 0 ? { 'other-event': log.others } : {},
        notes: log.isSampled ? [SAMPLED] : [],
      };
    } catch (error) {
      if (isFileFault(error)) await ports.quarantine.whole({ path: rawOf(date), name: id }, error);
      throw error;
    } finally {
      await Promise.all([lines, rejections, parquet].map((file) => rm(file, { force: true })));
    }
  }

  /** The log that this one was a copy of, if only its raw file is gone: its slots still count. */
  async #goneOriginalOf({ id, etag }: LogUnit, ports: UnitPorts): Promise<string | undefined> {
    const slots = ports.reads(slotsOf(this.#context.date));
    if ((await slots.head(noteOf(id))) === undefined) return undefined;
    const note = JSON.parse((await slots.bytes(noteOf(id))).toString()) as CopyNote;
    if (note.etag !== etag || (await slots.head(note.slots)) === undefined) return undefined;
    const raw = await ports.reads(rawOf(this.#context.date)).head(note.original);
    return raw === undefined ? note.original : undefined;
  }

  /** Its slots are taken back, if it wrote any before its original came, or in its other format. */
  async #leaveOut({ id, etag }: LogUnit, original: string, ports: UnitPorts): Promise<UnitResult> {
    const out = ports.writes(slotsOf(this.#context.date));
    await out.remove(await this.#nameOf(id, ports));
    const note: CopyNote = { etag, original, slots: await this.#nameOf(original, ports) };
    await out.put(noteOf(id), `${JSON.stringify(note)}\n`);
    return { rowsIn: 0, rowsOut: 0, notes: [`${id} is a copy of ${original}: only that one counts.`] };
  }

  /** Name of the slots of a log. One that is there as gzip and as CSV at once is two logs. */
  async #nameOf(id: string, ports: UnitPorts): Promise<string> {
    const isOther =
      logOf(id) !== id && (await ports.reads(rawOf(this.#context.date)).head(logOf(id))) !== undefined;
    return `${isOther ? id : logOf(id)}.parquet`;
  }

  async close(): Promise<void> {
    await this.#threads.close();
    this.#engine.close();
  }
}

/**
 * Keeps the slot impressions of each raw file. A unit is a file; a file that can't be read whole is
 * quarantined whole and fails its unit, a row that can't be used is quarantined alone. A file that came again
 * under another name has no slots of its own.
 */
const stage: StageCode<FreewheelParams> = {
  async units(context) {
    const files = await context.reads(rawOf(context.date)).list();
    const logs = files.filter(({ key }) => key.endsWith('.gz') || key.endsWith('.csv'));
    return unitsOfLogs(logs);
  },
  open: (context) => SlotExtraction.open(context),
};

export default stage;
