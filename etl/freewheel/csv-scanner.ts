/**
 * Splits CSV bytes into rows without making strings. A day of logs is a gigabyte of which a fifth is
 * wanted: every row is only measured (its end, its number of fields), and a row is taken apart only
 * when it holds the wanted text or has the wrong number of fields.
 *
 * Dialect: RFC 4180 with LF or CRLF, and a byte-order mark. A quote opens a field only as its first
 * byte, elsewhere it is an ordinary character; a closing quote is followed by a comma or the row's
 * end. A row that breaks this, or never closes its quote, is reported and the scan goes on at the
 * next line, so that one bad row can't swallow its file. Blank lines are no rows.
 */

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;
const FOUR_COMMAS = 0x2c2c2c2c;
const LOW_BITS = 0x7f7f7f7f;

/** Longest row in bytes, embedded newlines included. */
export const MAX_ROW_BYTES = 1 << 20;

export type RowFault = 'bad-quote' | 'row-too-long';

/** Told of rows during the scan; buffers and offsets are valid only until the call returns. */
export interface RowSink {
  /** The first row. Field k is `bytes[fields[k] .. fields[k + 1] - 1)`, quotes included. */
  header(bytes: Buffer, fields: Int32Array, count: number): void;
  /** A row that holds the wanted text or whose count of fields isn't the header's. 1 is the first. */
  row(bytes: Buffer, fields: Int32Array, count: number, row: number): void;
  /** A row whose fields can't be told apart. */
  fault(fault: RowFault, row: number): void;
}

export class CsvScanner {
  /** Rows seen so far, without the header and blank lines. */
  rows = 0;
  /** Of these, rows that were handed to nobody: they lack the wanted text. */
  passed = 0;
  readonly #wanted: Buffer;
  readonly #sink: RowSink;
  readonly #maxRowBytes: number;
  #headerCount = 0;
  #fields = new Int32Array(512);
  /** Bytes of a row that the chunks so far did not finish. */
  #tail: Buffer = Buffer.alloc(0);
  /** Within a line that was given up as too long. */
  #skipping = false;
  /** Commas outside quotes in the row that #quotedRow measured. */
  #commas = 0;

  /** @param wanted text that a row must hold to be handed over, as it stands in the file */
  constructor(wanted: string, sink: RowSink, maxRowBytes = MAX_ROW_BYTES) {
    this.#wanted = Buffer.from(wanted);
    this.#sink = sink;
    this.#maxRowBytes = maxRowBytes;
  }

  /** The next bytes of the file; not kept after the call. */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#skipping) rest = this.#skipLine(rest);
      else if (this.#tail.length > 0) rest = this.#extendTail(rest);
      else {
        this.#tail = Buffer.from(rest.subarray(this.#scan(rest, false)));
        return;
      }
    }
  }

  /** The file has ended; its last row may lack a line feed. */
  end(): void {
    if (this.#tail.length > 0) this.#scan(Buffer.concat([this.#tail, Buffer.of(LF)]), true);
    this.#tail = Buffer.alloc(0);
  }

  /** @returns what follows the line that was given up */
  #skipLine(bytes: Buffer): Buffer {
    const lf = bytes.indexOf(LF);
    this.#skipping = lf < 0;
    return bytes.subarray(lf < 0 ? bytes.length : lf + 1);
  }

  /** Goes on with the unfinished row. @returns the bytes that it did not need */
  #extendTail(bytes: Buffer): Buffer {
    // At least doubling keeps a row of many lines from being scanned once a line.
    const lf = bytes.indexOf(LF, this.#tail.length);
    const needed = lf < 0 ? bytes.length : lf + 1;
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(0, needed)]);
    this.#tail = this.#tail.subarray(this.#scan(this.#tail, false));
    return bytes.subarray(needed);
  }

  /** @returns where the first unfinished row starts */
  #scan(bytes: Buffer, final: boolean): number {
    const words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
    const length = bytes.length;
    let start = 0;
    let quote = -1;
    let hit = -1;
    while (start < length) {
      if (this.#headerCount === 0 && startsWithBom(bytes, start)) start += 3;
      let lf = bytes.indexOf(LF, start);
      if ((lf < 0 ? length : lf) - start > this.#maxRowBytes) {
        this.#fault('row-too-long');
        this.#skipping = lf < 0;
        start = lf < 0 ? length : lf + 1;
        continue;
      }
      if (lf < 0) return start;
      if (quote < start) quote = indexOrEnd(bytes, QUOTE, start);
      const quoted = quote < lf;
      if (quoted) {
        const end = this.#quotedRow(bytes, start, quote, lf, final);
        if (end === UNFINISHED) return start;
        if (end === MALFORMED) {
          this.#fault('bad-quote');
          start = lf + 1;
          continue;
        }
        lf = end;
      }
      const end = bytes[lf - 1] === CR && lf > start ? lf - 1 : lf;
      if (end > start) {
        if (hit < start) hit = indexOrEnd(bytes, this.#wanted, start);
        const commas = quoted ? this.#commas : 0;
        const count = 1 + countCommas(bytes, words, start, end) - commas;
        this.#row(bytes, start, end, count, hit < end);
      }
      start = lf + 1;
    }
    return length;
  }

  /**
   * Measures a row with quotes: leaves in #commas how many commas stand within them.
   * @param quote offset of its first quote, @param lf offset of its first line feed
   * @returns offset of the line feed that ends it, UNFINISHED or MALFORMED
   */
  #quotedRow(bytes: Buffer, start: number, quote: number, lf: number, final: boolean): number {
    const limit = Math.min(bytes.length, start + this.#maxRowBytes);
    const cut = limit < bytes.length || final ? MALFORMED : UNFINISHED;
    let commas = 0;
    let end = lf;
    for (let open = quote; open < end; open = indexOrEnd(bytes, QUOTE, open + 1)) {
      if (open !== start && bytes[open - 1] !== COMMA) continue;
      let close = open + 1;
      for (; close < limit; close++) {
        const byte = bytes[close];
        if (byte === COMMA) commas++;
        else if (byte === QUOTE && bytes[++close] !== QUOTE) break;
      }
      // `close` is now the byte after the closing quote.
      if (close >= limit) return cut;
      if (close > end) {
        end = bytes.indexOf(LF, close);
        if (end < 0 || end > limit) return end > limit ? MALFORMED : cut;
      }
      if (bytes[close] !== COMMA && close !== end && !(bytes[close] === CR && close + 1 === end))
        return MALFORMED;
      open = close;
    }
    this.#commas = commas;
    return end;
  }

  #row(bytes: Buffer, start: number, end: number, count: number, wanted: boolean): void {
    const isHeader = this.#headerCount === 0;
    if (!isHeader) {
      this.rows++;
      if (!wanted && count === this.#headerCount) {
        this.passed++;
        return;
      }
    }
    if (count >= this.#fields.length) this.#fields = new Int32Array(2 * count);
    splitFields(bytes, start, end, this.#fields);
    if (isHeader) {
      this.#headerCount = count;
      this.#sink.header(bytes, this.#fields, count);
    } else this.#sink.row(bytes, this.#fields, count, this.rows);
  }

  #fault(fault: RowFault): void {
    this.rows++;
    this.#sink.fault(fault, this.rows);
  }
}

const UNFINISHED = -1;
const MALFORMED = -2;

const indexOrEnd = (bytes: Buffer, wanted: number | Buffer, from: number): number => {
  const at = bytes.indexOf(wanted, from);
  return at < 0 ? bytes.length : at;
};

const startsWithBom = (bytes: Buffer, at: number): boolean =>
  bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;

/** Commas in `bytes[start .. end)`, four bytes at a time through `words`, a view of the same memory. */
const countCommas = (bytes: Buffer, words: Int32Array, start: number, end: number): number => {
  const base = bytes.byteOffset;
  let commas = 0;
  let at = start;
  for (; at < end && (base + at) % 4 !== 0; at++) if (bytes[at] === COMMA) commas++;
  const lastWord = (base + end) >> 2;
  for (let word = (base + at) >> 2; word < lastWord;) {
    // Each of the four lanes counts its own byte and holds at most 127, so that the sum stays a small integer.
    const stop = Math.min(lastWord, word + 127);
    let lanes = 0;
    for (; word < stop; word++) {
      const differing = (words[word] as number) ^ FOUR_COMMAS;
      lanes += ~(((differing & LOW_BITS) + LOW_BITS) | differing | LOW_BITS) >>> 7;
    }
    commas += (lanes & 255) + ((lanes >> 8) & 255) + ((lanes >> 16) & 255) + (lanes >>> 24);
    at = word * 4 - base;
  }
  for (; at < end; at++) if (bytes[at] === COMMA) commas++;
  return commas;
};

/** Writes where each field starts, and one more as if another followed, into `fields`. */
const splitFields = (bytes: Buffer, start: number, end: number, fields: Int32Array): void => {
  let count = 0;
  let at = start;
  fields[count++] = start;
  while (at < end) {
    if (bytes[at] === QUOTE) {
      // The scan has made sure that the quote is closed.
      for (at++; ; at++) if (bytes[at] === QUOTE && bytes[++at] !== QUOTE) break;
    }
    while (at < end && bytes[at] !== COMMA) at++;
    if (at < end) fields[count++] = ++at;
  }
  fields[count] = end + 1;
};
