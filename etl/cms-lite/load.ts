import { classify } from '../runtime/failure-class.ts';
import { failed, PeachesError } from '../../errors/errors.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { StageCode, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import type { Load, Row, Warehouse } from '../runtime/warehouse.ts';
import {
  archiveChanged,
  ARCHIVES,
  archivesOf,
  layoutOf,
  writeRecord,
  type Archive,
  type ArchiveRecord,
  type CmsLiteContext,
} from './archives.ts';
import { batchRows } from './batch-file.ts';
import { markBad, markGood } from './destinations.ts';
import { fileSpecs, type FileSpec } from './file-spec.ts';
import type { CmsLiteParams } from './params.ts';

/** An archive with what became of it so far. */
interface Pending extends Archive {
  readonly record: ArchiveRecord;
}

const isPending =
  (date: string) =>
  (archive: Archive): archive is Pending => {
    const { record } = archive;
    if (record === undefined || record.date !== date) return false;
    const { outcome, failure } = record;
    return outcome === 'unpacked' || outcome === 'good' || (outcome === 'bad' && failure?.stage === 'load');
  };

const batchChanged = (name: string, file: string, expected: number, found: number): PeachesError =>
  failed({
    code: 'BATCH_CHANGED',
    message: `${file} of ${name} had ${expected} rows when it was unpacked and has ${found} now.`,
    hint: 'Nothing was loaded. Deliver the archive again to have it unpacked anew.',
    details: { archive: name, file, expected, found },
  });

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/** Loads archives, one after the other in the order of their arrival. */
class Loading implements StageWork {
  readonly #context: CmsLiteContext;
  readonly #archives: ReadonlyMap<string, Pending>;
  readonly #specs: readonly FileSpec[];

  constructor(context: CmsLiteContext, archives: readonly Pending[]) {
    this.#context = context;
    this.#archives = new Map(archives.map((archive) => [archive.name, archive]));
    this.#specs = fileSpecs(context.params);
  }

  async work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const archive = this.#archives.get(id);
    const { params, warehouse, now, incomplete } = this.#context;
    const found = await ports.reads(ARCHIVES).head(layoutOf(params).input + id);
    if (archive === undefined || found?.etag !== archive.etag) throw archiveChanged(id);
    const { record } = archive;
    const rows = sumOf(this.#specs.map(({ name }) => record.files?.[name]?.rowsOut ?? 0));
    const done = { ...record, asOf: now().toISOString(), ...(incomplete && { incomplete: true as const }) };
    const reason = await this.#reasonNotToLoad(archive);
    if (reason === 'superseded') {
      await writeRecord(this.#context, ports, { ...done, outcome: 'superseded' });
      return { rowsIn: rows, rowsOut: 0, dropped: { superseded: rows } };
    }
    if (reason === undefined && warehouse !== undefined) await this.#load(record, warehouse, ports);
    await markGood(this.#context, ports, { ...done, outcome: 'good' });
    if (reason !== undefined) return { rowsIn: rows, rowsOut: 0, dropped: { [reason]: rows } };
    const notes = warehouse === undefined ? ['There is no warehouse: the tables were not loaded.'] : [];
    return { rowsIn: rows, rowsOut: rows, notes };
  }

  /** Looked at again for each archive: those before it in the same run count as well. */
  async #reasonNotToLoad({ name, record, modified }: Pending) {
    const { records } = await archivesOf(this.#context);
    const loaded = records.filter(({ archive, outcome }) => archive !== name && outcome === 'good');
    if (this.#context.params.truncate)
      return loaded.some((other) => Date.parse(other.modified) > modified.getTime())
        ? 'superseded'
        : undefined;
    return loaded.some(({ sha256 }) => sha256 === record.sha256) ? 'repeated-archive' : undefined;
  }

  async #load(record: ArchiveRecord, warehouse: Warehouse, ports: UnitPorts): Promise<void> {
    try {
      await warehouse.load(this.#specs.map((spec) => this.#loadOf(record, spec, ports)));
    } catch (error) {
      const isFaultOfArchive =
        error instanceof PeachesError && classify(error) === 'terminal' && error.code !== 'BATCH_CHANGED';
      if (isFaultOfArchive) await markBad(this.#context, ports, record, error);
      throw error;
    }
  }

  /** An archive that is added is known by its content: once in the tables, it stays out, however it is read. */
  #loadOf(record: ArchiveRecord, { name, table }: FileSpec, ports: UnitPorts): Load {
    const { truncate } = this.#context.params;
    const { sha256 = '', fingerprint } = record;
    return {
      table,
      mode: truncate ? 'replace' : 'add',
      batch: truncate ? fingerprintOf(sha256, fingerprint) : sha256,
      scope: {},
      rows: this.#rows(record, name, table, ports),
    };
  }

  #rows(
    { archive, files }: ArchiveRecord,
    file: string,
    table: FileSpec['table'],
    ports: UnitPorts,
  ): AsyncIterable<Row> {
    const name = layoutOf(this.#context.params).batch(archive, file);
    const expected = files?.[file]?.rowsOut ?? 0;
    return batchRows(
      table,
      async () => (await ports.reads(ARCHIVES).open(name)) as AsyncIterable<Buffer>,
      (found) => {
        if (found !== expected) throw batchChanged(archive, file, expected, found);
      },
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const pendingOf = async (context: CmsLiteContext): Promise<readonly Pending[]> =>
  (await archivesOf(context)).archives.filter(isPending(context.date));

/** Loads the tables of each archive in one transaction. A unit is an archive. */
const stage: StageCode<CmsLiteParams> = {
  async units(context) {
    const pending = await pendingOf(context);
    return pending.map(({ name, record }) => ({
      id: name,
      fingerprint: fingerprintOf(record.fingerprint, context.warehouse !== undefined),
    }));
  },
  open: async (context) => new Loading(context, await pendingOf(context)),
};

export default stage;
