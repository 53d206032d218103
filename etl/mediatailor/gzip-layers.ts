import { once } from 'node:events';
import { createGunzip, type Gunzip } from 'node:zlib';
import { expandsTooFar, gzipFlaw, TOO_FAR } from '../runtime/expansion.ts';
import { fileFault } from '../runtime/file-faults.ts';

/** Large pieces: every one costs a trip through the thread pool. */
const CHUNK_BYTES = 1 << 18;

/** CloudWatch packs once, and Firehose may do so again. */
const MAX_LAYERS = 3;

interface Source {
  readonly name: string;
  /** Bytes of the object as it is stored that were read so far. */
  bytes: number;
}

/**
 * The content of a log object in pieces: members of gzip in a row, gzip within gzip, or plain bytes, told apart
 * by their first two bytes.
 *
 * Errors: EMPTY_FILE, GZIP_TRUNCATED, GZIP_DAMAGED, GZIP_BOMB, also after pieces were given out, so nothing made of them may
 * be published before the end is reached. Errors of the body pass unchanged.
 * @param name of the object, for errors
 */
export async function* unpacked(name: string, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const source: Source = { name, bytes: 0 };
  yield* withoutLayers(counted(body, source), source, 0);
  if (source.bytes === 0) throw fileFault('EMPTY_FILE', name, 'holds nothing');
}

async function* counted(body: AsyncIterable<Buffer>, source: Source): AsyncGenerator<Buffer, void> {
  for await (const chunk of body) {
    source.bytes += chunk.length;
    yield chunk;
  }
}

async function* withoutLayers(
  chunks: AsyncGenerator<Buffer, void>,
  source: Source,
  layers: number,
): AsyncGenerator<Buffer, void> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  const content = startingWith(start, chunks);
  if (start[0] !== 0x1f || start[1] !== 0x8b) yield* content;
  else if (layers === MAX_LAYERS) {
    throw fileFault('GZIP_BOMB', source.name, `is packed with gzip more than ${MAX_LAYERS} times over`);
  } else yield* withoutLayers(expanded(content, source), source, layers + 1);
}

async function* startingWith(start: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  if (start.length > 0) yield start;
  yield* rest;
}

async function* expanded(packed: AsyncIterable<Buffer>, source: Source): AsyncGenerator<Buffer, void> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const feeding = feed(packed, gunzip);
  let total = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      total += chunk.length;
      // Judged by the bytes of the object itself, over all layers.
      if (expandsTooFar(source.bytes, total)) throw fileFault('GZIP_BOMB', source.name, TOO_FAR);
      yield chunk;
    }
  } catch (error) {
    const flaw = gzipFlaw(error);
    throw flaw === undefined ? error : fileFault(flaw.code, source.name, flaw.why, error);
  } finally {
    gunzip.destroy();
  }
  if ((await feeding) > gunzip.bytesWritten) {
    throw fileFault('GZIP_DAMAGED', source.name, 'goes on after the end of its gzip data');
  }
}

/** Errors of the packed bytes come out of the gunzip. @returns bytes that were there to be unpacked */
const feed = async (packed: AsyncIterable<Buffer>, gunzip: Gunzip): Promise<number> => {
  let bytes = 0;
  try {
    for await (const chunk of packed) {
      bytes += chunk.length;
      if (gunzip.destroyed || gunzip.readableEnded) return bytes;
      if (!gunzip.write(chunk)) await Promise.race([once(gunzip, 'drain'), once(gunzip, 'close')]);
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error as Error);
  }
  return bytes;
};
