import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back what is no longer needed, at once. V8 lets it lie until it needs the room itself; but DuckDB and zlib,
 * whose memory it does not see, then take theirs beside it.
 */
export const collectGarbage = (): void => {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
};
