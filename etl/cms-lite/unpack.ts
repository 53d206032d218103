import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expandedBytes } from '../runtime/expanded-bytes.ts';
import { isFileFault } from '../runtime/file-faults.ts';
import { hashed, shortHash } from '../runtime/fingerprint.ts';
import { RejectedRows } from '../runtime/rejected-rows.ts';
import type { StageCode, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { ArchiveReading } from './archive-reading.ts';
import {
  archiveChanged,
  ARCHIVES,
  layoutOf,
  lookupFile,
  turnsOf,
  writeRecord,
  type CmsLiteContext,
  type Turn,
} from './archives.ts';
import { markBad } from './destinations.ts';
import { fileSpecs } from './file-spec.ts';
import type { CmsLiteParams } from './params.ts';

/** Unpacks archives, one at a time. */
class Unpacking implements StageWork {
  readonly #context: CmsLiteContext;
  readonly #turns: ReadonlyMap<string, Turn>;

  constructor(context: CmsLiteContext, turns: readonly Turn[]) {
    this.#context = context;
    this.#turns = new Map(turns.map((turn) => [turn.archive.name, turn]));
  }

  async work({ id, fingerprint }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const turn = this.#turns.get(id);
    if (turn?.fingerprint !== fingerprint) throw archiveChanged(id);
    const { date, now } = this.#context;
    const { name, etag, modified, record } = turn.archive;
    const facts = { archive: name, date, etag, modified: modified.toISOString(), fingerprint };
    if (turn.role === 'superseded') {
      const { failure } = record ?? {};
      await writeRecord(this.#context, ports, {
        ...{ ...facts, asOf: now().toISOString(), outcome: 'superseded' },
        ...(failure !== undefined && { failure }),
      });
      return { rowsIn: 0, rowsOut: 0, notes: [`${name} was not loaded: a newer archive has come.`] };
    }
    try {
      return await this.#unpack(turn, ports);
    } catch (error) {
      if (isFileFault(error)) await markBad(this.#context, ports, facts, error);
      throw error;
    }
  }

  async #unpack({ archive, fingerprint }: Turn, ports: UnitPorts): Promise<UnitResult> {
    const { params, date, scratch, signal, now } = this.#context;
    const { name, etag, modified } = archive;
    const layout = layoutOf(params);
    const folder = join(scratch, shortHash(name));
    await mkdir(folder, { recursive: true });
    const rejections = new RejectedRows(name, join(folder, 'rejected.jsonl.gz'));
    const reading = new ArchiveReading(name, fileSpecs(params), { folder, rejections, signal });
    try {
      const hash = createHash('sha256');
      const body = (await ports.reads(ARCHIVES).open(layout.input + name)) as AsyncIterable<Buffer>;
      await reading.read(expandedBytes(name, hashed(body, hash)));
      for (const [file, { path }] of reading.files)
        await ports.writes(ARCHIVES).put(layout.batch(name, file), { file: path });
      for (const { table, path } of reading.lookups)
        await ports.writes(ARCHIVES).put(layout.batch(name, lookupFile(table)), { file: path });
      await ports.quarantine.rows(await rejections.end());
      await writeRecord(this.#context, ports, {
        ...{ archive: name, date, etag, fingerprint, outcome: 'unpacked' },
        modified: modified.toISOString(),
        asOf: now().toISOString(),
        sha256: hash.digest('hex'),
        files: Object.fromEntries(
          [...reading.files].map(([file, { rowsIn, rowsOut }]) => [file, { rowsIn, rowsOut }]),
        ),
        ...(reading.lookups.length > 0 && {
          lookups: Object.fromEntries(reading.lookups.map(({ table, rows }) => [table, rows])),
        }),
      });
      return reading.result;
    } finally {
      rejections.discard();
      await reading.discard();
      await rm(folder, { recursive: true, force: true });
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Brings the files of each archive into the form of their tables. A unit is an archive; one that a newer one has
 * superseded is only noted down.
 */
const stage: StageCode<CmsLiteParams> = {
  async units(context) {
    const turns = await turnsOf(context);
    return turns.map(({ archive, fingerprint }) => ({ id: archive.name, fingerprint }));
  },
  open: async (context) => new Unpacking(context, await turnsOf(context)),
};

export default stage;
