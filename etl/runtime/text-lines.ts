const NEWLINE = 0x0a;

/**
 * The lines of a UTF-8 text without their ends, as many at a time as came with a chunk. Only a newline ends a line:
 * text may hold every other separator.
 */
export async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[], void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest = Buffer.concat([rest, chunk]);
      continue;
    }
    const whole = Buffer.concat([rest, chunk.subarray(0, end)]).toString();
    rest = Buffer.from(chunk.subarray(end + 1));
    yield whole.split('\n');
  }
  if (rest.length > 0) yield [rest.toString()];
}
