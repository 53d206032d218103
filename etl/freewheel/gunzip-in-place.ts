import { isUint32Array } from 'node:util/types';
import { constants, createGunzip } from 'node:zlib';

/**
 * Gunzip into one buffer that is used again and again, on the calling thread. Node's public calls make new
 * buffers for all that they give out: with two threads a third more time, and twice the memory. The binding
 * behind them is not documented, but minizlib (and with it npm's tar) has called it for years; where it is
 * not as expected `canGunzipInPlace` says so, and a stream does the same.
 */

const OUT_BYTES = 1 << 19;

/** Room for the pieces of one gunzip at a time. */
export const gunzipRoom = (): Buffer => Buffer.allocUnsafeSlow(OUT_BYTES);

/** Node's zlib binding. What it left of output and input is in the write state. */
interface Binding {
  writeSync(
    flush: number,
    input: Uint8Array | null,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
  onerror: (message: string, number: number, code: string) => void;
}

interface Internals {
  readonly _handle?: Partial<Binding> | null;
  readonly _writeState?: unknown;
}

const open = () => {
  const gunzip = createGunzip();
  const { _handle: handle, _writeState: state } = gunzip as unknown as Internals;
  const isUsable = typeof handle?.writeSync === 'function' && 'onerror' in handle && isUint32Array(state);
  return { gunzip, binding: isUsable ? { handle: handle as Binding, state } : undefined };
};

/** Whether this version of Node has the binding as it is known. */
export const canGunzipInPlace = (): boolean => {
  const { gunzip, binding } = open();
  gunzip.close();
  return binding !== undefined;
};

/**
 * Decompresses gzip of any number of members.
 * @param chunks compressed bytes, each used up before the next is asked for
 * @param output room for the pieces, in nobody else's use until the end
 * @returns pieces, each valid until the next is asked for
 * @throws errors as a gunzip stream has them: Z_BUF_ERROR when the data ends too early, Z_DATA_ERROR
 */
export function* gunzipInPlace(chunks: Iterable<Uint8Array>, output: Buffer): Generator<Buffer, void> {
  const { gunzip, binding } = open();
  if (binding === undefined) throw new Error('zlib has no binding that can be called directly');
  const { handle, state } = binding;
  let error: Error | undefined;
  handle.onerror = (message, _number, code) => {
    error = Object.assign(new Error(message), { code });
  };
  /** @returns whether it took all of the input */
  const expand = function* (flush: number, input: Uint8Array): Generator<Buffer, boolean> {
    for (let at = 0; ;) {
      handle.writeSync(flush, input, at, input.length - at, output, 0, output.length);
      if (error !== undefined) throw error;
      const [outputLeft = 0, inputLeft = 0] = state;
      at = input.length - inputLeft;
      if (outputLeft < output.length) yield output.subarray(0, output.length - outputLeft);
      if (outputLeft > 0) return inputLeft === 0;
    }
  };
  try {
    for (const chunk of chunks) {
      // What follows the last member is padding: gunzip takes it for the end, as its stream does.
      if (!(yield* expand(constants.Z_NO_FLUSH, chunk))) return;
    }
    yield* expand(constants.Z_FINISH, Buffer.alloc(0));
  } finally {
    gunzip.close();
  }
}
