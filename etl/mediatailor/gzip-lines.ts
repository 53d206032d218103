import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { textLines } from '../runtime/text-lines.ts';

/** The lines of a gzip file, many at a time. */
export async function* linesOfGzip(body: AsyncIterable<Buffer>): AsyncGenerator<readonly string[], void> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  pipeline(body, gunzip).catch(() => undefined);
  try {
    yield* textLines(gunzip as AsyncIterable<Buffer>);
  } finally {
    gunzip.destroy();
  }
}
