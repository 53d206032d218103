import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { expandsTooFar, gzipFlaw, TOO_FAR } from './expansion.ts';
import { fileFault } from './file-faults.ts';

/** Large pieces: every one costs a trip through the thread pool. */
const CHUNK_BYTES = 1 << 18;

type Codec = 'gzip' | 'zstd';

const MAGIC: Readonly<Record<Codec, Buffer>> = {
  gzip: Buffer.from([0x1f, 0x8b]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
};
const ENDINGS: Readonly<Record<string, Codec>> = { gz: 'gzip', zst: 'zstd', zstd: 'zstd' };

const codecOf = (first: Buffer): Codec | undefined =>
  (Object.keys(MAGIC) as Codec[]).find((codec) =>
    MAGIC[codec].equals(first.subarray(0, MAGIC[codec].length)),
  );

const promisedBy = (name: string): Codec | undefined => ENDINGS[name.slice(name.lastIndexOf('.') + 1)];

/** What was seen of one file so far. */
interface Seen {
  readonly file: string;
  bytesIn: number;
  bytesOut: number;
}

async function* counted(chunks: AsyncIterable<Buffer>, seen: Seen): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    seen.bytesIn += chunk.length;
    yield chunk;
  }
}

async function* gunzipped(chunks: AsyncIterable<Buffer>, seen: Seen): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Whatever goes wrong ends the reading of gunzip below; padding behind the last member ends this alone.
  pipeline(counted(chunks, seen), gunzip).catch(() => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      seen.bytesOut += chunk.length;
      if (expandsTooFar(seen.bytesIn, seen.bytesOut)) throw fileFault('GZIP_BOMB', seen.file, TOO_FAR);
      yield chunk;
    }
  } catch (error) {
    const flaw = gzipFlaw(error);
    throw flaw === undefined ? error : fileFault(flaw.code, seen.file, flaw.why, error);
  } finally {
    gunzip.destroy();
  }
}

/** Node 20 has no zstd of its own. Frames one behind the other are one content; checksums are not verified. */
async function* unzstd(chunks: AsyncIterable<Buffer>, seen: Seen): AsyncGenerator<Buffer> {
  const out: Buffer[] = [];
  const decompress = new Decompress((piece) => {
    // The decompressor goes on using the memory of what it gives out.
    out.push(Buffer.from(piece));
    seen.bytesOut += piece.length;
    if (expandsTooFar(seen.bytesIn, seen.bytesOut)) throw fileFault('ZSTD_BOMB', seen.file, TOO_FAR);
  });
  const step = (chunk: Uint8Array, last: boolean): readonly Buffer[] => {
    try {
      decompress.push(chunk, last);
    } catch (error) {
      const { code, message } = error as { readonly code?: unknown; readonly message: string };
      if (typeof code !== 'number') throw error;
      if (last) throw fileFault('ZSTD_TRUNCATED', seen.file, 'ends in the middle of its zstd data', error);
      throw fileFault('ZSTD_DAMAGED', seen.file, `holds damaged zstd data (${message})`, error);
    }
    return out.splice(0);
  };
  for await (const chunk of counted(chunks, seen)) yield* step(chunk, false);
  yield* step(new Uint8Array(0), true);
}

/**
 * The content of a file that may be gzip (any number of members), zstd or plain: told by its first bytes, not
 * by its name. A name that promises a compression which the bytes are not is a fault.
 *
 * Errors: EMPTY_FILE, NOT_GZIP, NOT_ZSTD, GZIP_TRUNCATED, GZIP_DAMAGED, GZIP_BOMB, ZSTD_TRUNCATED, ZSTD_DAMAGED,
 * ZSTD_BOMB; also after pieces were given out, so nothing made of them may be published before the end is
 * reached. Errors of the body pass unchanged.
 * @param file its name, for messages
 */
export async function* expandedBytes(
  file: string,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void> {
  const seen: Seen = { file, bytesIn: 0, bytesOut: 0 };
  const source = body[Symbol.asyncIterator]();
  try {
    let head: Buffer = Buffer.alloc(0);
    while (head.length < MAGIC.zstd.length) {
      const next = await source.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
    }
    if (head.length === 0) throw fileFault('EMPTY_FILE', file, 'holds nothing');
    const chunks = (async function* () {
      yield head;
      for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
    })();
    const codec = codecOf(head);
    const promised = promisedBy(file);
    if (promised !== undefined && promised !== codec)
      throw promised === 'gzip'
        ? fileFault('NOT_GZIP', file, 'is not gzip data')
        : fileFault('NOT_ZSTD', file, 'is not zstd data');
    if (codec === 'gzip') yield* gunzipped(chunks, seen);
    else if (codec === 'zstd') yield* unzstd(chunks, seen);
    else yield* chunks;
  } finally {
    await source.return?.();
  }
}
