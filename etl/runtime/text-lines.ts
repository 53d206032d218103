const NEWLINE = 0x0a;
/** Lines of a larger chunk come in pieces: what is soon forgotten together costs the collector nothing. */
const PIECE_BYTES = 1 << 16;

function* piecesOf(chunk: Buffer): Generator<Buffer> {
  for (let from = 0; from < chunk.length; from += PIECE_BYTES) yield chunk.subarray(from, from + PIECE_BYTES);
}

/**
 * The lines of a UTF-8 text without their ends, some at a time. Only a newline ends a line:
 * text may hold every other separator.
 */
export async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[], void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    for (const piece of piecesOf(chunk)) {
      const end = piece.lastIndexOf(NEWLINE);
      if (end < 0) {
        rest = Buffer.concat([rest, piece]);
        continue;
      }
      const whole = Buffer.concat([rest, piece.subarray(0, end)]).toString();
      rest = Buffer.from(piece.subarray(end + 1));
      yield whole.split('\n');
    }
  }
  if (rest.length > 0) yield [rest.toString()];
}
