const NEWLINE = 0x0a;
/** Lines of a larger chunk come in pieces: what is soon forgotten together costs the collector nothing. */
const PIECE_BYTES = 1 << 16;

/** The whole lines of a chunk from `from` on, some at a time. One by one they are decoded faster than at once. */
function* wholeLines(chunk: Buffer, from: number): Generator<string[]> {
  for (let start = from; ;) {
    const lines: string[] = [];
    const enough = start + PIECE_BYTES;
    while (start < enough) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) {
        if (lines.length > 0) yield lines;
        return;
      }
      lines.push(chunk.toString('utf8', start, end));
      start = end + 1;
    }
    yield lines;
  }
}

/**
 * The lines of a UTF-8 text without their ends, some at a time. Only a newline ends a line:
 * text may hold every other separator.
 */
export async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[], void> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    const first = chunk.indexOf(NEWLINE);
    if (first < 0) {
      begun.push(chunk);
      continue;
    }
    yield [Buffer.concat([...begun, chunk.subarray(0, first)]).toString()];
    yield* wholeLines(chunk, first + 1);
    const last = chunk.lastIndexOf(NEWLINE);
    begun = last + 1 < chunk.length ? [Buffer.from(chunk.subarray(last + 1))] : [];
  }
  if (begun.length > 0) yield [Buffer.concat(begun).toString()];
}
