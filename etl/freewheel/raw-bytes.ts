import { closeSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { expandsTooFar, gzipFlaw, TOO_FAR } from '../runtime/expansion.ts';
import { fileFault } from '../runtime/file-faults.ts';
import { gunzipInPlace, gunzipRoom } from './gunzip-in-place.ts';

/** Large pieces: every one costs a trip through the thread pool. */
const CHUNK_BYTES = 1 << 18;

/** What was seen of a gzip file so far. */
interface Source {
  bytes: number;
  /** Begins as every gzip file does. */
  isGzip: boolean;
}

const faultOf = (file: string, error: unknown, source: Source): unknown => {
  const flaw = gzipFlaw(error);
  if (flaw === undefined) return error;
  if (source.bytes === 0) return emptyFile(file, error);
  if (!source.isGzip) return fileFault('NOT_GZIP', file, 'is not gzip data', error);
  return fileFault(flaw.code, file, flaw.why, error);
};

const emptyFile = (file: string, cause?: unknown): Error =>
  fileFault('EMPTY_FILE', file, 'holds nothing, not even a header', cause);

const note = (chunk: Buffer, source: Source): void => {
  if (source.bytes === 0) source.isGzip = chunk[0] === 0x1f && (chunk[1] ?? 0x8b) === 0x8b;
  source.bytes += chunk.length;
};

/** @param total bytes that came of the source so far */
const assertNoBomb = (file: string, total: number, source: Source): void => {
  if (expandsTooFar(source.bytes, total)) throw fileFault('GZIP_BOMB', file, TOO_FAR);
};

async function* watched(body: AsyncIterable<Buffer>, source: Source): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    note(chunk, source);
    yield chunk;
  }
}

async function* expanded(file: string, body: Readable): AsyncGenerator<Buffer, void> {
  const source: Source = { bytes: 0, isGzip: false };
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Whatever goes wrong ends the reading of gunzip below; padding behind the last member ends this alone.
  pipeline(watched(body, source), gunzip).catch(() => undefined);
  let total = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      total += chunk.length;
      assertNoBomb(file, total, source);
      yield chunk;
    }
  } catch (error) {
    throw faultOf(file, error, source);
  } finally {
    gunzip.destroy();
    body.destroy();
  }
}

/**
 * The content of a raw file in pieces, which are valid until the next one is asked for. Decompression runs
 * in Node's thread pool, beside the caller's work. A name that ends in `.gz` means gzip, of any number of
 * members; everything else is taken as it is.
 *
 * Errors: EMPTY_FILE, NOT_GZIP, GZIP_TRUNCATED, GZIP_DAMAGED, GZIP_BOMB; also after pieces were given out, so
 * nothing made of them may be published before the end is reached. Errors of the body pass unchanged.
 */
export async function* rawBytes(file: string, body: Readable): AsyncGenerator<Buffer, void> {
  let total = 0;
  const chunks = file.endsWith('.gz') ? expanded(file, body) : (body as AsyncIterable<Buffer>);
  for await (const chunk of chunks) {
    total += chunk.length;
    yield chunk;
  }
  if (total === 0) throw emptyFile(file);
}

function* piecesOf(file: number, buffer: Buffer, source: Source): Generator<Buffer> {
  for (;;) {
    const chunk = buffer.subarray(0, readSync(file, buffer));
    if (chunk.length === 0) return;
    note(chunk, source);
    yield chunk;
  }
}

/** Buffers of one reading at a time. To make them anew for each file would leave megabytes to the collector. */
export class ReadingRoom {
  readonly compressed = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  readonly expanded = gunzipRoom();
}

/**
 * As `rawBytes`, of a file on this machine and on the calling thread alone, which it does not leave while it
 * reads and decompresses. Needs `canGunzipInPlace`.
 */
export function* rawFile(file: string, path: string, room = new ReadingRoom()): Generator<Buffer, void> {
  const source: Source = { bytes: 0, isGzip: false };
  const isGzip = file.endsWith('.gz');
  const descriptor = openSync(path, 'r');
  let total = 0;
  try {
    const pieces = piecesOf(descriptor, room.compressed, source);
    for (const piece of isGzip ? gunzipInPlace(pieces, room.expanded) : pieces) {
      total += piece.length;
      if (isGzip) assertNoBomb(file, total, source);
      yield piece;
    }
  } catch (error) {
    throw faultOf(file, error, source);
  } finally {
    closeSync(descriptor);
  }
  if (total === 0) throw emptyFile(file);
}
