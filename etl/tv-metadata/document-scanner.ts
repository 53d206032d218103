import { findRestart } from './resync.ts';
import { DEEPEST, MOST_ELEMENT_BYTES, type DamageReason, type ScannerEvents } from './scanner-events.ts';

const LONGEST_NAME = 1024;
/** Bytes kept of what can't be kept whole, and looked at again where a chunk ends while reading is lost. */
const SOME = 4096;

/** What may come next. */
const ROOT = 0;
const VALUE = 1;
const VALUE_OR_END = 2;
const KEY = 3;
const KEY_OR_END = 4;
const COLON = 5;
const NEXT = 6;
const DONE = 7;

const MISSING = [
  'the document begins with no {',
  'a value is missing',
  'a value or ] is missing',
  'a key is missing',
  'a key or } is missing',
  'a colon is missing',
  'a comma or the closing bracket is missing',
  'something follows the document',
];

/** What the scanner is in the middle of. */
const STRUCTURE = 0;
const STRING = 1;
const SCALAR = 2;
const LOST = 3;
const TRAILING = 4;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON_SIGN = 0x3a;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const ARRAY = 0x5b;
const ARRAY_END = 0x5d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Letters, digits, signs and point. */
const isScalarByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  byte === 0x2b ||
  byte === 0x2d ||
  byte === 0x2e;

/**
 * Takes a document apart into the elements of its first-level arrays, chunk by chunk. It follows brackets,
 * strings, colons and commas; whether the words and numbers of an element are JSON is for its reader to say.
 * What is held in memory is one element and one chunk, whatever the document's size.
 */
export class DocumentScanner {
  readonly #events: ScannerEvents;
  #window: Buffer = Buffer.alloc(0);
  /** Offset of the window in the document; so are `#element` and `#name`. */
  #base = 0;
  #element: number | undefined;
  #name: number | undefined;
  /** Next byte to look at, in the window; so are the last bracket, colon or comma and where to search from. */
  #position = 0;
  #structural = -1;
  #searchFrom = 0;
  #inside = STRUCTURE;
  #expect = ROOT;
  #stack: number[] = [];
  /** Beginning of an element that is too large to be kept. */
  #oversized: Buffer | undefined;
  #lost: { reason: DamageReason; detail: string; offset: number } | undefined;
  #array: string | undefined;
  #key = '';
  #firstKey: string | undefined;
  #beforeElement: string | undefined;
  #beforeArray: string | undefined;

  constructor(events: ScannerEvents) {
    this.#events = events;
  }

  push(chunk: Buffer): void {
    this.#forget();
    this.#window = this.#window.length === 0 ? chunk : Buffer.concat([this.#window, chunk]);
    this.#scan();
    if (this.#element !== undefined && this.#oversized === undefined) {
      const start = this.#element - this.#base;
      if (this.#position - start > MOST_ELEMENT_BYTES)
        this.#oversized = Buffer.from(this.#window.subarray(start, start + SOME));
    }
  }

  /** @returns whether the document came to its end */
  end(): boolean {
    const isLost = this.#inside === LOST;
    const isClosed = isLost && /\}\s*$/u.test(this.#window.subarray(-SOME).toString('latin1'));
    if (isLost || this.#inside === TRAILING) this.#endLost(this.#window.length);
    return isLost ? isClosed : this.#expect === DONE;
  }

  /** Drops from the window what nobody needs any more. */
  #forget(): void {
    const keep = Math.min(this.#neededFrom(), this.#window.length);
    if (keep <= 0) return;
    this.#window = this.#window.subarray(keep);
    this.#base += keep;
    this.#position -= keep;
    this.#structural -= keep;
    this.#searchFrom = Math.max(0, this.#searchFrom - keep);
  }

  #neededFrom(): number {
    if (this.#lost !== undefined) {
      const start = Math.max(0, this.#lost.offset - this.#base);
      const isKept = this.#lost.offset >= this.#base && this.#window.length - start <= MOST_ELEMENT_BYTES;
      return isKept ? Math.max(0, Math.min(start, this.#structural)) : this.#window.length - SOME;
    }
    if (this.#oversized !== undefined) return this.#position;
    const started = this.#element ?? this.#name;
    if (started !== undefined) {
      // What stands before it tells where the next one begins, if this one turns out to be damaged.
      const before = this.#element === undefined ? this.#beforeArray : this.#beforeElement;
      return Math.max(0, started - this.#base - (before?.length ?? 0) - 1);
    }
    return Math.max(this.#structural, this.#position - SOME);
  }

  #scan(): void {
    for (;;) {
      const [position, inside] = [this.#position, this.#inside];
      if (position >= this.#window.length) return;
      if (inside === STRUCTURE) this.#scanStructure();
      else if (inside === STRING) this.#scanString();
      else if (inside === SCALAR) this.#scanScalar();
      else if (inside === LOST) this.#search();
      else this.#position = this.#window.length;
      if (this.#position === position && this.#inside === inside) return;
    }
  }

  #scanStructure(): void {
    const { length } = this.#window;
    while (this.#position < length && this.#inside === STRUCTURE) {
      const byte = this.#window[this.#position] ?? 0;
      if (isSpace(byte)) this.#position += 1;
      else this.#take(byte);
    }
  }

  #take(byte: number): void {
    const expect = this.#expect;
    const isValueNext = expect === VALUE || expect === VALUE_OR_END;
    switch (byte) {
      case QUOTE:
        this.#startString(isValueNext);
        break;
      case OBJECT:
      case ARRAY:
        if (isValueNext || (expect === ROOT && byte === OBJECT)) this.#open(byte);
        else this.#damage();
        break;
      case OBJECT_END:
      case ARRAY_END:
        this.#close(byte);
        break;
      case COMMA:
        if (expect === NEXT) this.#pass(this.#stack.at(-1) === OBJECT ? KEY : VALUE);
        else this.#damage();
        break;
      case COLON_SIGN:
        if (expect === COLON) this.#pass(VALUE);
        else this.#damage();
        break;
      default:
        if (this.#isByteOrderMark()) this.#position += 3;
        else if (isValueNext && isScalarByte(byte)) {
          this.#startValue(byte);
          this.#inside = SCALAR;
        } else this.#damage();
    }
  }

  #isByteOrderMark(): boolean {
    return this.#base + this.#position === 0 && this.#window.subarray(0, 3).equals(BYTE_ORDER_MARK);
  }

  /** Goes past a bracket, colon or comma. */
  #pass(expect: number): void {
    this.#expect = expect;
    this.#structural = this.#position;
    this.#position += 1;
  }

  #startString(isValue: boolean): void {
    const isKey = this.#expect === KEY || this.#expect === KEY_OR_END;
    if (!isValue && !isKey) {
      this.#damage();
      return;
    }
    if (isValue) this.#startValue(QUOTE);
    else if (this.#stack.length === 1) {
      this.#name = this.#base + this.#position;
      this.#beforeArray = this.#spaceBefore();
    }
    this.#inside = STRING;
    this.#position += 1;
  }

  #open(byte: number): void {
    const depth = this.#stack.length;
    if (depth === 2 && this.#stack[1] === ARRAY && byte === ARRAY)
      this.#damage('an array stands in the place of an element');
    else if (depth >= DEEPEST) this.#damage(`it is nested more than ${DEEPEST} levels deep`, 'too-deep');
    else {
      this.#startValue(byte);
      this.#stack.push(byte);
      this.#pass(byte === OBJECT ? KEY_OR_END : VALUE_OR_END);
    }
  }

  #close(byte: number): void {
    const isEmpty = this.#expect === (byte === OBJECT_END ? KEY_OR_END : VALUE_OR_END);
    // In ASCII a closing bracket comes two after its opening one.
    if (this.#stack.at(-1) !== byte - 2 || (this.#expect !== NEXT && !isEmpty)) {
      this.#damage();
      return;
    }
    this.#stack.pop();
    this.#pass(NEXT);
    this.#endValue();
  }

  /** @param byte the first one of the value */
  #startValue(byte: number): void {
    const depth = this.#stack.length;
    if (depth === 1) {
      this.#array = byte === ARRAY ? this.#key : undefined;
      this.#firstKey = undefined;
      this.#events.member(this.#key);
    } else if (depth === 2 && this.#array !== undefined) {
      this.#element = this.#base + this.#position;
      this.#beforeElement = this.#spaceBefore();
    }
  }

  #spaceBefore(): string {
    return this.#window.toString(
      'latin1',
      Math.max(0, this.#structural + 1, this.#position - SOME),
      this.#position,
    );
  }

  #endValue(): void {
    const depth = this.#stack.length;
    this.#expect = depth === 0 ? DONE : NEXT;
    if (depth === 1) this.#array = undefined;
    else if (depth === 2 && this.#element !== undefined) this.#endElement(this.#element, this.#array ?? '');
  }

  #endElement(offset: number, array: string): void {
    const start = offset - this.#base;
    const length = this.#position - start;
    if (this.#oversized !== undefined || length > MOST_ELEMENT_BYTES) {
      const bytes = this.#oversized ?? this.#window.subarray(start, start + SOME);
      const detail = `the element at byte ${offset} has ${length} bytes`;
      this.#events.damage({
        reason: 'element-too-large',
        detail,
        array,
        offset,
        length,
        bytes,
        isWhole: false,
      });
    } else {
      const bytes = this.#window.subarray(start, this.#position);
      this.#firstKey ??= /^\{\s*"([^"\\]*)"/u.exec(bytes.toString('latin1', 0, LONGEST_NAME))?.[1];
      this.#events.element(array, bytes, offset);
    }
    this.#element = undefined;
    this.#oversized = undefined;
  }

  #scanString(): void {
    const window = this.#window;
    const { length } = window;
    let position = this.#position;
    for (; position < length; position++) {
      const byte = window[position] ?? 0;
      if (byte === QUOTE) {
        this.#position = position + 1;
        this.#inside = STRUCTURE;
        this.#endString();
        return;
      }
      if (byte === BACKSLASH) {
        if (position + 1 === length) break;
        position += 1;
      } else if (byte < 0x20) {
        this.#position = position;
        this.#damage('a string does not end, or holds a control character');
        return;
      }
    }
    this.#position = position;
    if (this.#name !== undefined && this.#base + position - this.#name > LONGEST_NAME)
      this.#damage('a first-level key does not end');
  }

  #endString(): void {
    if (this.#expect === VALUE || this.#expect === VALUE_OR_END) {
      this.#endValue();
      return;
    }
    if (this.#name !== undefined)
      this.#key = this.#window.toString('utf8', this.#name - this.#base + 1, this.#position - 1);
    this.#name = undefined;
    this.#expect = COLON;
  }

  #scanScalar(): void {
    const window = this.#window;
    const { length } = window;
    let position = this.#position;
    while (position < length && isScalarByte(window[position] ?? 0)) position++;
    this.#position = position;
    if (position === length) return;
    this.#inside = STRUCTURE;
    this.#endValue();
  }

  #damage(detail = MISSING[this.#expect] ?? '', reason: DamageReason = 'damaged'): void {
    const at = this.#base + this.#position;
    this.#lost = { reason, detail: `at byte ${at} ${detail}`, offset: this.#element ?? at };
    this.#inside = this.#expect === DONE ? TRAILING : LOST;
    this.#searchFrom = Math.max(0, this.#structural + 1);
    this.#position = Math.min(this.#position, this.#searchFrom);
    this.#element = undefined;
    this.#name = undefined;
    this.#oversized = undefined;
  }

  #search(): void {
    const restart = findRestart(this.#window.toString('latin1'), this.#searchFrom, {
      beforeElement: this.#beforeElement,
      beforeArray: this.#beforeArray,
      array: this.#array,
      firstKey: this.#firstKey,
      isField: (array, key) => this.#events.isField(array, key),
      isArray: (name) => this.#events.isArray(name),
    });
    if (restart === undefined) {
      this.#searchFrom = Math.max(this.#searchFrom, this.#window.length - SOME);
      this.#position = this.#window.length;
      return;
    }
    this.#endLost(restart.at);
    this.#inside = STRUCTURE;
    this.#position = restart.at;
    this.#structural = restart.at - 1;
    while (isSpace(this.#window[this.#structural])) this.#structural -= 1;
    this.#stack = restart.kind === 'element' ? [OBJECT, ARRAY] : [OBJECT];
    this.#expect = restart.kind === 'element' ? VALUE : KEY;
  }

  /** Tells of what was lost up to a place in the window. */
  #endLost(until: number): void {
    const { reason, detail, offset } = this.#lost ?? { reason: 'damaged', detail: '', offset: this.#base };
    const start = Math.max(0, offset - this.#base);
    const bytes = this.#window.subarray(start, Math.min(until, start + MOST_ELEMENT_BYTES));
    const length = Math.max(0, this.#base + until - offset);
    const isWhole = offset >= this.#base && bytes.length === length;
    this.#events.damage({ reason, detail, array: this.#array, offset, length, bytes, isWhole });
    this.#lost = undefined;
  }
}
