import { classify } from '../runtime/failure-class.ts';
import { PeachesError } from '../../errors/errors.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import { publishedRows } from '../runtime/published-rows.ts';
import type { StageCode, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import type { Load, Warehouse } from '../runtime/warehouse.ts';
import type { TableDeclaration } from '../table.ts';
import {
  archiveChanged,
  ARCHIVES,
  archivesOf,
  layoutOf,
  lookupFile,
  staysAsLoaded,
  writeRecord,
  type Archive,
  type ArchiveRecord,
  type CmsLiteContext,
} from './archives.ts';
import { batchRows } from './batch-file.ts';
import { markBad, markGood } from './destinations.ts';
import { fileSpecs, type FileSpec } from './file-spec.ts';
import { followUpOf } from './follow-up.ts';
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

/** A table and the batch file that fills it. */
interface Batch {
  readonly table: TableDeclaration;
  readonly file: string;
  readonly expected: number;
}

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
    const done = {
      ...{ ...record, asOf: now().toISOString(), script: fingerprintOf(params.sql_query) },
      ...(incomplete && { incomplete: true as const }),
    };
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
      const { params, date } = this.#context;
      await warehouse.load(
        this.#specs.flatMap((spec) => this.#loadsOf(record, spec, ports)),
        followUpOf(params, date),
      );
    } catch (error) {
      const isFaultOfArchive =
        error instanceof PeachesError &&
        classify(error) === 'terminal' &&
        error.code !== 'RECONCILIATION_BROKEN';
      if (isFaultOfArchive) await markBad(this.#context, ports, record, error);
      throw error;
    }
  }

  /** The loads of one file: its own table, and those of its columns of several values. */
  #loadsOf(record: ArchiveRecord, { name, table, lookups }: FileSpec, ports: UnitPorts): readonly Load[] {
    return [
      this.#loadOf(record, { table, file: name, expected: record.files?.[name]?.rowsOut ?? 0 }, ports),
      ...lookups
        .flatMap(({ dictionary, links }) => [dictionary, links])
        .map((lookup) => {
          const expected = record.lookups?.[lookup.name] ?? 0;
          return this.#loadOf(record, { table: lookup, file: lookupFile(lookup.name), expected }, ports);
        }),
    ];
  }

  /** An archive that is added is known by its content: once in the tables, it stays out, however it is read. */
  #loadOf(record: ArchiveRecord, { table, file, expected }: Batch, ports: UnitPorts): Load {
    const { params } = this.#context;
    const { archive, sha256 = '', fingerprint } = record;
    const name = layoutOf(params).batch(archive, file);
    return {
      table,
      mode: params.truncate ? 'replace' : 'add',
      batch: params.truncate ? fingerprintOf(sha256, fingerprint, params.sql_query) : sha256,
      scope: {},
      rows: publishedRows(ports.reads(ARCHIVES), [name], table, batchRows),
      expected: () => expected,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const unitOf = ({ params, warehouse }: CmsLiteContext, archive: Pending, isNewest: boolean): Unit => {
  const { fingerprint, script = '' } = archive.record;
  const ended = staysAsLoaded(params, archive, isNewest) ? script : fingerprintOf(params.sql_query);
  return { id: archive.name, fingerprint: fingerprintOf(fingerprint, warehouse !== undefined, ended) };
};

/** Loads the tables of each archive in one transaction. A unit is an archive. */
const stage: StageCode<CmsLiteParams> = {
  async units(context) {
    const { archives } = await archivesOf(context);
    const newest = archives.at(-1);
    return archives
      .filter(isPending(context.date))
      .map((archive) => unitOf(context, archive, archive === newest));
  },
  async open(context) {
    const { archives } = await archivesOf(context);
    return new Loading(context, archives.filter(isPending(context.date)));
  },
};

export default stage;
