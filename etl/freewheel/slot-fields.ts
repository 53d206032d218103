import { isUtf8 } from 'node:buffer';

const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** Longest id in bytes; the warehouse's columns are as wide. */
export const MAX_ID_BYTES = 256;
/** More digits may not fit a 64-bit sum of a day. */
const MAX_DIGITS = 15;

/** The item of slots that name none. */
export const UNKNOWN = 'unknown';

export type FieldFault =
  | 'empty-number'
  | 'empty-transaction-id'
  | 'not-a-whole-number'
  | 'number-too-large'
  | 'invalid-utf8'
  | 'control-character'
  | 'field-too-long';

const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;
/** Letters, digits and what ids are made of otherwise: nothing that CSV would quote. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\w.:-]/.test(String.fromCharCode(byte)) && byte < 128 ? 1 : 0,
);
// All but tab, line feed and carriage return, which a quoted field may hold.
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** The value of a field, without its quotes. */
export const textOf = (bytes: Buffer, start: number, end: number): string =>
  bytes[start] === QUOTE && end > start
    ? bytes.toString('utf8', start + 1, end - 1).replaceAll('""', '"')
    : bytes.toString('utf8', start, end);

/** Lines of CSV in the making: values are copied as bytes where they need no change. */
export class SlotLines {
  #bytes = Buffer.allocUnsafe(1 << 18);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes back what was written after that length. */
  cut(length: number): void {
    this.#length = length;
  }

  /** All that was written; valid until the next write. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Ends a value (`,`) or a line (`\n`). */
  end(separator: ',' | '\n'): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = separator.charCodeAt(0);
  }

  copy(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    for (let at = start; at < end; at++) this.#bytes[this.#length++] = bytes[at] as number;
  }

  text(value: string): void {
    const quoted = `"${value.replaceAll('"', '""')}"`;
    this.#reserve(3 * quoted.length);
    this.#length += this.#bytes.write(quoted, this.#length);
  }

  /** Writes a whole number of at least 0: blanks around it and `.0` behind it do no harm. */
  number(bytes: Buffer, from: number, to: number): FieldFault | undefined {
    let start = from;
    let end = to;
    if (bytes[start] === QUOTE && end > start) {
      start++;
      end--;
    }
    while (start < end && isBlank(bytes[start])) start++;
    while (start < end && isBlank(bytes[end - 1])) end--;
    if (start === end) return 'empty-number';
    let at = start;
    while (at < end && isDigit(bytes[at])) at++;
    if (at === start) return 'not-a-whole-number';
    if (at < end) {
      let zero = at + 1;
      while (zero < end && bytes[zero] === ZERO) zero++;
      if (bytes[at] !== DOT || zero < end || zero === at + 1) return 'not-a-whole-number';
    }
    while (start < at - 1 && bytes[start] === ZERO) start++;
    if (at - start > MAX_DIGITS) return 'number-too-large';
    this.copy(bytes, start, at);
    return undefined;
  }

  /**
   * Writes an id, trimmed: `123.0` is `123`; `nan` and nothing are `unknown`.
   * @see MAX_ID_BYTES
   */
  id(bytes: Buffer, start: number, end: number): FieldFault | undefined {
    let at = start;
    while (at < end && isDigit(bytes[at])) at++;
    if (at === end && at > start && end - start <= MAX_ID_BYTES) {
      this.copy(bytes, start, end);
      return undefined;
    }
    const checked = checkedText(bytes, start, end);
    if ('fault' in checked) return checked.fault;
    const trimmed = checked.text.trim();
    const whole = /^(\d+)\.0+$/.exec(trimmed)?.[1] ?? trimmed;
    this.text(whole === '' || whole.toLowerCase() === 'nan' ? UNKNOWN : whole);
    return undefined;
  }

  /** Writes the id of a column that the file lacks. */
  unknown(): void {
    this.text(UNKNOWN);
  }

  /** Writes a transaction's id, trimmed. */
  transaction(bytes: Buffer, start: number, end: number): FieldFault | undefined {
    let at = start;
    while (at < end && PLAIN[bytes[at] as number] === 1) at++;
    if (at === end && at > start && end - start <= MAX_ID_BYTES) {
      this.copy(bytes, start, end);
      return undefined;
    }
    const checked = checkedText(bytes, start, end);
    if ('fault' in checked) return checked.fault;
    const trimmed = checked.text.trim();
    if (trimmed === '') return 'empty-transaction-id';
    this.text(trimmed);
    return undefined;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** The text of a field that can be stored as it is. */
export const checkedText = (
  bytes: Buffer,
  start: number,
  end: number,
): { readonly text: string } | { readonly fault: FieldFault } => {
  if (!isUtf8(bytes.subarray(start, end))) return { fault: 'invalid-utf8' };
  const text = textOf(bytes, start, end);
  if (CONTROL.test(text.trim())) return { fault: 'control-character' };
  return Buffer.byteLength(text.trim()) > MAX_ID_BYTES ? { fault: 'field-too-long' } : { text };
};
