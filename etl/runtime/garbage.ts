import { stat } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes to read that make a collection worth its time, which grows with the heap. */
const WORTH_BYTES = 4 << 20;

/**
 * Gives back what is no longer needed before DuckDB takes memory to read files, if they are large. V8 lets it lie
 * until it needs the room itself, and does not see what DuckDB takes beside it.
 */
export const makeRoomFor = async (files: readonly string[]): Promise<void> => {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  if (sizes.reduce((sum, size) => sum + size, 0) < WORTH_BYTES) return;
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
};
