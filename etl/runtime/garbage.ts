import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes outside V8's heap that make a collection worth its time, which grows with the heap. */
const WORTH_BYTES = 32 << 20;

/**
 * Gives back what is no longer needed, if it may be much. V8 lets it lie until it needs the room itself; but DuckDB
 * and zlib, whose memory it does not see, then take theirs beside it.
 */
export const collectGarbage = (): void => {
  if (process.memoryUsage().external < WORTH_BYTES) return;
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
};
