import { createHash } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { PeachesError } from '../../errors/errors.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { Engine } from './engine.ts';
import { isFileFault, reasonOf } from './faults.ts';
import type { FreewheelParams } from './params.ts';
import { rawBytes } from './raw-bytes.ts';
import { RejectedRows } from './rejected-rows.ts';
import { SlotReader } from './slot-reader.ts';

/** Lines that are gathered before they go to disk. */
const FLUSH_BYTES = 1 << 18;
/**
 * Decompressed pieces count as heap to V8. With a live heap of a dozen megabytes it would collect all of it
 * for every 16 MB that pass, a third of the stage's time; with this it waits for five times the live heap.
 */
const HEAP_GROWTH = '--heap-growing-percent=400';
const SAMPLED =
  'LogSampleAmplifier is not 1 in some slots: these logs are a sample, and the figures are not multiplied.';

const rawOf = (date: string): string => `logs/raw/date=${date}/`;

/** Turns raw files into slots, one Parquet file each. */
class SlotExtraction implements StageWork {
  readonly #context: StageContext<FreewheelParams>;
  readonly #engine: Engine;
  readonly #store: string;

  private constructor(context: StageContext<FreewheelParams>, engine: Engine, store: string) {
    this.#context = context;
    this.#engine = engine;
    this.#store = store;
  }

  static async open(context: StageContext<FreewheelParams>): Promise<SlotExtraction> {
    setFlagsFromString(HEAP_GROWTH);
    const store = await readFile(new URL('./sql/store-slots.sql', import.meta.url), 'utf8');
    return new SlotExtraction(context, await Engine.open(context.scratch), store);
  }

  async work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { date, scratch } = this.#context;
    const base = join(scratch, createHash('sha256').update(id).digest('hex').slice(0, 32));
    const [lines, parquet] = [`${base}.csv`, `${base}.parquet`];
    const rejections = new RejectedRows(id, `${base}.jsonl.gz`);
    try {
      const reader = await this.#read(id, ports, lines, rejections);
      const rejected = JSON.stringify(reader.rejectedByClass);
      await this.#engine.query(this.#store, { lines, target: parquet, rejected });
      await ports.writes(`logs/slots/date=${date}/`).put(`${id}.parquet`, { file: parquet });
      await rejections.deliver(ports.quarantine);
      const others = reader.rows - reader.slots - reader.rejected;
      return {
        rowsIn: reader.rows,
        rowsOut: reader.slots,
        rejected: reader.rejectedByReason,
        dropped: others > 0 ? { 'other-event': others } : {},
        notes: reader.isSampled ? [SAMPLED] : [],
      };
    } catch (error) {
      rejections.discard();
      if (error instanceof PeachesError && isFileFault(error)) {
        const rejection = { reason: reasonOf(error), detail: error.message };
        await ports.quarantine.whole({ path: rawOf(date), name: id }, rejection);
      }
      throw error;
    } finally {
      await Promise.all([lines, parquet].map((file) => rm(file, { force: true })));
    }
  }

  /** Reads a raw file to its end; its slots are then lines of the file `lines`. */
  async #read(id: string, ports: UnitPorts, lines: string, rejections: RejectedRows): Promise<SlotReader> {
    const { date, signal } = this.#context;
    const reader = new SlotReader(id);
    const file = await open(lines, 'w');
    const flush = async (): Promise<void> => {
      if (reader.lines.length > 0) await file.writeFile(reader.lines.take());
      if (reader.rejectedRows.length > 0) await rejections.add(reader.rejectedRows.splice(0));
    };
    try {
      for await (const chunk of rawBytes(id, await ports.reads(rawOf(date)).open(id))) {
        reader.push(chunk);
        if (reader.lines.length > FLUSH_BYTES || reader.rejectedRows.length > 0) await flush();
        signal.throwIfAborted();
      }
      reader.end();
      await flush();
    } finally {
      await file.close();
    }
    return reader;
  }

  close(): Promise<void> {
    this.#engine.close();
    return Promise.resolve();
  }
}

/**
 * Keeps the slot impressions of each raw file. A unit is a file; a file that can't be read whole is
 * quarantined whole and fails its unit, a row that can't be used is quarantined alone.
 */
const stage: StageCode<FreewheelParams> = {
  async units(context) {
    const files = await context.reads(rawOf(context.date)).list();
    return files
      .filter(({ key }) => key.endsWith('.gz') || key.endsWith('.csv'))
      .map(({ key, etag }) => ({ id: key, fingerprint: etag }));
  },
  open: (context) => SlotExtraction.open(context),
};

export default stage;
