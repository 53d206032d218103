import { StringDecoder } from 'node:string_decoder';

/** A record takes well under a kilobyte; what grows beyond this was never one. */
const MOST_CHARACTERS = 1 << 20;

export interface LogLine {
  /** 1 is the first line of the file; blank lines count. */
  readonly number: number;
  /** Undefined when the line is too long to be kept. */
  readonly text: string | undefined;
}

/** The lines of a log that are not blank. Bytes that are no UTF-8 become U+FFFD. */
export async function* logLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<readonly LogLine[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isTooLong = false;
  let number = 0;
  const finished = (texts: readonly string[]): readonly LogLine[] => {
    const lines: LogLine[] = [];
    for (const raw of texts) {
      number += 1;
      const text = number === 1 && raw.startsWith('\ufeff') ? raw.slice(1) : raw;
      if (isTooLong) lines.push({ number, text: undefined });
      else if (text.trim() !== '') lines.push({ number, text });
      isTooLong = false;
    }
    return lines;
  };
  for await (const piece of pieces) {
    const texts = (rest + decoder.write(piece)).split('\n');
    rest = texts.pop() ?? '';
    if (texts.length > 0) yield finished(texts);
    if (rest.length > MOST_CHARACTERS) {
      isTooLong = true;
      rest = '';
    }
  }
  rest += decoder.end();
  if (rest !== '' || isTooLong) yield finished([rest]);
}
