import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { fileFault } from './faults.ts';

/** Large pieces: every one costs a trip through the thread pool. */
const CHUNK_BYTES = 1 << 18;

/**
 * How far a gzip file may expand: real logs reach 15 to 1, deflate itself 1032 to 1. The ratio is judged
 * once a file has grown past a size that harms nobody; the absolute limit holds for any ratio.
 */
export const MAX_RATIO = 200;
export const RATIO_FROM_BYTES = 32 << 20;
export const MAX_BYTES = 8 * 2 ** 30;

const faultOf = (file: string, error: unknown, expanded: number): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR')
    return fileFault('GZIP_TRUNCATED', file, 'ends in the middle of its gzip data', error);
  if (code === 'Z_DATA_ERROR' && expanded === 0 && message === 'incorrect header check') {
    return fileFault('NOT_GZIP', file, 'is not gzip data', error);
  }
  if (code?.startsWith('Z_') === true)
    return fileFault('GZIP_DAMAGED', file, `holds damaged gzip data (${message})`, error);
  return error;
};

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
  if (!file.endsWith('.gz')) {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      total += chunk.length;
      yield chunk;
    }
  } else {
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    const piped = pipeline(body, gunzip);
    piped.catch(() => undefined);
    try {
      for await (const chunk of gunzip as AsyncIterable<Buffer>) {
        total += chunk.length;
        if (total > MAX_BYTES || (total > RATIO_FROM_BYTES && total > MAX_RATIO * gunzip.bytesWritten)) {
          throw fileFault(
            'GZIP_BOMB',
            file,
            `expands beyond ${MAX_RATIO} times its size or ${MAX_BYTES / 2 ** 30} GiB`,
          );
        }
        yield chunk;
      }
      await piped;
    } catch (error) {
      throw faultOf(file, error, total);
    } finally {
      gunzip.destroy();
      body.destroy();
    }
  }
  if (total === 0) throw fileFault('EMPTY_FILE', file, 'holds nothing, not even a header');
}
