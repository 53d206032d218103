import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PeachesError, reasonOf } from '../../errors/errors.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { Engine } from '../runtime/duckdb-engine.ts';
import { isFileFault } from '../runtime/file-faults.ts';
import { LogThreads } from './log-threads.ts';
import type { FreewheelParams } from './params.ts';

const SAMPLED =
  'LogSampleAmplifier is not 1 in some slots: these logs are a sample, and the figures are not multiplied.';

const rawOf = (date: string): string => `logs/raw/date=${date}/`;

/** A log is the same log as gzip and as CSV, so that with another `rawFormat` its slots are replaced. */
const logOf = (file: string): string => (file.endsWith('.gz') ? file.slice(0, -'.gz'.length) : file);

/** Turns raw files into slots, one Parquet file each. */
class SlotExtraction implements StageWork {
  readonly #context: StageContext<FreewheelParams>;
  readonly #engine: Engine;
  readonly #threads: LogThreads;
  readonly #store: string;

  private constructor(context: StageContext<FreewheelParams>, engine: Engine, store: string) {
    this.#context = context;
    this.#engine = engine;
    this.#threads = new LogThreads(context.signal);
    this.#store = store;
  }

  static async open(context: StageContext<FreewheelParams>): Promise<SlotExtraction> {
    const store = await readFile(new URL('./sql/store-slots.sql', import.meta.url), 'utf8');
    return new SlotExtraction(context, await Engine.open(context.scratch, 1), store);
  }

  async work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { date, scratch } = this.#context;
    const base = join(scratch, createHash('sha256').update(id).digest('hex').slice(0, 32));
    const [lines, rejections, parquet] = [`${base}.csv`, `${base}.jsonl.gz`, `${base}.parquet`];
    try {
      const path = await ports.reads(rawOf(date)).asFile(id);
      // Both at once are two logs.
      const isOther = logOf(id) !== id && (await ports.reads(rawOf(date)).head(logOf(id))) !== undefined;
      const log = await this.#threads.read({ id, path, lines, rejections });
      const rejected = JSON.stringify(log.rejectedByClass);
      const slots = await this.#engine.copy(this.#store, { lines, target: parquet, rejected });
      await ports
        .writes(`logs/slots/date=${date}/`)
        .put(`${isOther ? id : logOf(id)}.parquet`, { file: parquet });
      await ports.quarantine.rows(log.rejections);
      return {
        rowsIn: log.rows,
        rowsOut: slots,
        rejected: log.rejectedByReason,
        dropped: log.others > 0 ? { 'other-event': log.others } : {},
        notes: log.isSampled ? [SAMPLED] : [],
      };
    } catch (error) {
      if (error instanceof PeachesError && isFileFault(error)) {
        const rejection = { reason: reasonOf(error), detail: error.message };
        await ports.quarantine.whole({ path: rawOf(date), name: id }, rejection);
      }
      throw error;
    } finally {
      await Promise.all([lines, rejections, parquet].map((file) => rm(file, { force: true })));
    }
  }

  async close(): Promise<void> {
    await this.#threads.close();
    this.#engine.close();
  }
}

/**
 * Keeps the slot impressions of each raw file. A unit is a file; a file that can't be read whole is
 * quarantined whole and fails its unit, a row that can't be used is quarantined alone.
 */
const stage: StageCode<FreewheelParams> = {
  async units(context) {
    const files = await context.reads(rawOf(context.date)).list();
    const logs = files.filter(({ key }) => key.endsWith('.gz') || key.endsWith('.csv'));
    return logs.map(({ key, etag }) => ({ id: key, fingerprint: etag }));
  },
  open: (context) => SlotExtraction.open(context),
};

export default stage;
