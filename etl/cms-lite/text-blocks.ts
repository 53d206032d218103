import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { fileFault } from '../runtime/file-faults.ts';

/** Text that ends with a line, but for the last of a file. */
export interface TextBlock {
  readonly text: string;
  /** It holds bytes that are no text; U+FFFD stands for them. */
  readonly isDamaged: boolean;
}

const LF = 0x0a;
/** What has no line end for so long is no CSV. */
const MOST_BYTES = 8 << 20;
const BOM = '\ufeff';
const REPLACEMENT = '\ufffd';

const withoutBom = (text: string): string => (text.startsWith(BOM) ? text.slice(1) : text);

const blockOf = (bytes: Buffer): TextBlock => ({ text: bytes.toString(), isDamaged: !isUtf8(bytes) });

async function* utf8Blocks(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<TextBlock> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end > 0) {
      yield blockOf(Buffer.concat([...rest, chunk.subarray(0, end)]));
      [rest, size] = [[], 0];
    }
    // The chunk's memory may be used again.
    rest.push(Buffer.from(chunk.subarray(end)));
    size += chunk.length - end;
    if (size > MOST_BYTES) throw fileFault('NO_LINES', file, `holds ${MOST_BYTES} bytes without a line end`);
  }
  if (size > 0) yield blockOf(Buffer.concat(rest));
}

/** Without a byte order mark the lower byte comes first, as Windows writes it. */
async function* utf16Blocks(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<TextBlock> {
  let decoder: TextDecoder | undefined;
  let rest = '';
  const finished = (text: string): TextBlock => ({ text, isDamaged: text.includes(REPLACEMENT) });
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (decoder === undefined) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 2) continue;
      decoder = new TextDecoder(head.readUInt16BE(0) === 0xfeff ? 'utf-16be' : 'utf-16le', {
        ignoreBOM: true,
      });
      bytes = head;
    }
    rest += decoder.decode(bytes, { stream: true });
    const end = rest.lastIndexOf('\n') + 1;
    if (end > 0) yield finished(rest.slice(0, end));
    rest = rest.slice(end);
    if (rest.length > MOST_BYTES)
      throw fileFault('NO_LINES', file, `holds ${MOST_BYTES} characters without a line end`);
  }
  rest += decoder?.decode() ?? (head.length > 0 ? REPLACEMENT : '');
  if (rest !== '') yield finished(rest);
}

/**
 * The text of a file in blocks of whole lines, without its byte order mark.
 * @param file its name, for messages
 * Errors: NO_LINES
 */
export async function* textBlocks(
  chunks: AsyncIterable<Buffer>,
  encoding: 'utf-8' | 'utf-16',
  file: string,
): AsyncGenerator<TextBlock> {
  let isFirst = true;
  for await (const block of encoding === 'utf-8' ? utf8Blocks(chunks, file) : utf16Blocks(chunks, file)) {
    yield isFirst ? { ...block, text: withoutBom(block.text) } : block;
    isFirst = false;
  }
}
