import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shortHash } from '../runtime/fingerprint.ts';
import { failed, PeachesError } from '../../errors/errors.ts';
import type { StoredObject } from '../runtime/object-store.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { isFileFault } from '../runtime/file-faults.ts';
import type { FreewheelParams } from './params.ts';
import { rawBytes } from './raw-bytes.ts';

type Context = StageContext<FreewheelParams>;

const SOURCE = 'v4logs/';
const RAW = 'logs/raw/';

const codeOf = (error: unknown): string | undefined =>
  error instanceof PeachesError ? error.code : undefined;

const noSuchNetwork = (networkId: string): PeachesError =>
  failed({
    code: 'NO_SUCH_NETWORK',
    message: `The FreeWheel log bucket holds nothing for the network ${networkId}.`,
    hint: 'Check networkId of the feed freewheel in the configuration.',
    details: { networkId },
  });

const sourceDenied = (networkId: string, cause: unknown): PeachesError =>
  failed({
    code: 'SOURCE_ACCESS_DENIED',
    message: `FreeWheel does not let this account read the logs of the network ${networkId}.`,
    hint: 'Check networkId, and ask FreeWheel to allow your AWS account to assume the log access role.',
    details: { networkId },
    cause,
  });

/** The day's files as the source lists them. @throws NO_SUCH_NETWORK, SOURCE_ACCESS_DENIED */
const sourceFiles = async (context: Context): Promise<readonly StoredObject[]> => {
  const { date, params, log } = context;
  const source = context.reads(SOURCE);
  try {
    const files = await source.list(`${date}/`);
    if (files.length === 0 && !(await source.any())) throw noSuchNetwork(params.networkId);
    return files.filter(({ key }) => key.endsWith('.gz'));
  } catch (error) {
    if (codeOf(error) === 'ACCESS_DENIED') throw sourceDenied(params.networkId, error);
    if (codeOf(error) !== 'BUCKET_NOT_FOUND' || !(await context.reads(RAW).any())) throw error;
    log.warn('There is no FreeWheel log bucket: the raw files that are there already are used.');
    return [];
  }
};

/** Copies source files, and proves each copy by reading it back. */
class Copying implements StageWork {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { date, params, scratch } = this.#context;
    const asCsv = params.rawFormat === 'csv';
    const name = `date=${date}/${asCsv ? id.slice(0, -'.gz'.length) : id}`;
    const file = join(scratch, shortHash(id));
    const body = await ports.reads(SOURCE).open(`${date}/${id}`);
    try {
      const read = await this.#save(asCsv ? rawBytes(id, body) : (body as AsyncIterable<Buffer>), file);
      await ports.writes(RAW).put(name, { file });
      const stored = await digest((await this.#context.reads(RAW).open(name)) as AsyncIterable<Buffer>);
      if (stored.sha256 !== read.sha256 || stored.bytes !== read.bytes) throw differs(name, read, stored);
      return { rowsIn: 0, rowsOut: 0 };
    } catch (error) {
      if (isFileFault(error)) await ports.quarantine.whole({ path: SOURCE, name: `${date}/${id}` }, error);
      throw error;
    } finally {
      body.destroy();
      await rm(file, { force: true });
    }
  }

  async #save(chunks: AsyncIterable<Buffer>, path: string): Promise<Digest> {
    const file = await open(path, 'w');
    try {
      return await digest(chunks, async (chunk) => {
        this.#context.signal.throwIfAborted();
        await file.writeFile(chunk);
      });
    } finally {
      await file.close();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

const digest = async (
  chunks: AsyncIterable<Buffer>,
  also?: (chunk: Buffer) => Promise<void>,
): Promise<Digest> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    hash.update(chunk);
    await also?.(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
};

const differs = (name: string, read: Digest, stored: Digest): PeachesError =>
  failed({
    code: 'TRANSFER_BROKEN',
    message: `${name} was stored with ${stored.bytes} bytes, but ${read.bytes} were read, or their content differs.`,
    hint: 'Run the day again; the copy is made anew.',
    details: { name, read, stored },
  });

/**
 * Copies the day's log files to `raw/date=<date>/<name below the source's date folder>`, whole names and
 * all, so that files of two hours with the same last name stay two. A unit is a source file.
 */
const stage: StageCode<FreewheelParams> = {
  async units(context) {
    const files = await sourceFiles(context);
    return files.map(({ key, etag }) => ({
      id: key.slice(context.date.length + 1),
      fingerprint: `${etag} ${context.params.rawFormat}`,
    }));
  },
  open: (context) => Promise.resolve(new Copying(context)),
};

export default stage;
