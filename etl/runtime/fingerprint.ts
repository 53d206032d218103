import { createHash } from 'node:crypto';

/** A hash of all that shapes a result. @param parts anything that JSON can write, in a stable order */
export const fingerprintOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');
