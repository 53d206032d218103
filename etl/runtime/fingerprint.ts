import { createHash, type Hash } from 'node:crypto';

/** A hash of all that shapes a result. @param parts anything that JSON can write, in a stable order */
export const fingerprintOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** A name of fixed length in the place of one that may be long or no name for a file. @param digits hexadecimal */
export const shortHash = (name: string, digits = 32): string =>
  createHash('sha256').update(name).digest('hex').slice(0, digits);

/** Chunks as they are, hashed on the way. */
export async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
