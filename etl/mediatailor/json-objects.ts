/**
 * Finds JSON objects that stand one behind the other in a stream of bytes, with or without space between them,
 * by their brackets and strings alone. What is no such object, or can't be read, is passed over up to the next
 * object that can, and told with its place.
 */

/** What a reader makes of the bytes between an opening bracket and its closing one. */
export type Reading<T> =
  | { readonly kind: 'value'; readonly value: T }
  /** JSON, but nothing that the reader knows. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed'; readonly why: string };

/** A piece of the stream; places count from its first byte. */
export type Found<T> =
  | { readonly kind: 'value'; readonly offset: number; readonly bytes: number; readonly value: T }
  | { readonly kind: 'unknown'; readonly offset: number; readonly bytes: number }
  | { readonly kind: 'damaged'; readonly offset: number; readonly bytes: number; readonly why: string };

/** CloudWatch sends a few megabytes at once. */
const LONGEST_OBJECT = 16 << 20;
const DEEPEST = 500;

const [QUOTE, BACKSLASH, OPEN_OBJECT, FIRST_PRINTABLE] = [0x22, 0x5c, 0x7b, 0x20];

/** What a byte means outside of strings; all others stand in no JSON. */
const [INVALID, SPACE, SCALAR, STRING, OPEN, CLOSE] = [0, 1, 2, 3, 4, 5];
const MEANING = new Uint8Array(256);
for (const byte of Buffer.from(' \t\r\n')) MEANING[byte] = SPACE;
for (const byte of Buffer.from(',:0123456789+-.eEtrufalsn')) MEANING[byte] = SCALAR;
for (const byte of Buffer.from('{[')) MEANING[byte] = OPEN;
for (const byte of Buffer.from('}]')) MEANING[byte] = CLOSE;
MEANING[QUOTE] = STRING;

/** A closing bracket is the opening one's code and two, in ASCII. */
const TO_CLOSING = 2;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

class ObjectScanner<T> {
  readonly #read: (bytes: Buffer) => Reading<T>;
  #buffer: Buffer = Buffer.alloc(0);
  /** Place in the stream of the buffer's first byte. */
  #base = 0;
  /** In the buffer: where the object at hand begins, -1 between objects; what is looked at next. */
  #start = -1;
  #at = 0;
  #inString = false;
  #depth = 0;
  readonly #closings = new Uint8Array(DEEPEST);
  /** Place in the stream where something unreadable began that has not been told yet. */
  #damage: { readonly offset: number; readonly why: string } | undefined;

  constructor(read: (bytes: Buffer) => Reading<T>) {
    this.#read = read;
  }

  *push(chunk: Buffer): Generator<Found<T>> {
    const kept = this.#start < 0 ? this.#at : this.#start;
    const rest = this.#buffer.subarray(kept);
    this.#buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#base += kept;
    this.#at -= kept;
    if (this.#start >= 0) this.#start = 0;
    yield* this.#advance();
  }

  *end(): Generator<Found<T>> {
    while (this.#start >= 0) {
      this.#giveUp('it ends too early');
      yield* this.#advance();
    }
    yield* this.#tellDamage(this.#base + this.#buffer.length);
  }

  *#advance(): Generator<Found<T>> {
    for (;;) {
      if (this.#start < 0 && !this.#findStart()) return;
      const fault = this.#scan();
      if (fault === undefined) yield* this.#take();
      else if (fault === 'more') {
        if (this.#buffer.length - this.#start <= LONGEST_OBJECT) return;
        this.#giveUp(`it is longer than ${LONGEST_OBJECT} bytes`);
      } else this.#giveUp(fault);
    }
  }

  /** Goes to the next opening bracket. @returns false when there is none in the buffer */
  #findStart(): boolean {
    const buffer = this.#buffer;
    let at = this.#at;
    if (this.#base + at === 0 && buffer.subarray(0, 3).equals(BYTE_ORDER_MARK)) at = 3;
    if (this.#damage === undefined) {
      while (at < buffer.length && MEANING[buffer[at] ?? 0] === SPACE) at += 1;
      if (at < buffer.length && buffer[at] !== OPEN_OBJECT) {
        this.#damage = { offset: this.#base + at, why: 'it begins with no bracket' };
      }
    }
    const start = buffer.indexOf(OPEN_OBJECT, at);
    this.#at = start < 0 ? buffer.length : start;
    if (start < 0) return false;
    this.#start = start;
    this.#depth = 0;
    this.#inString = false;
    return true;
  }

  /** Goes to the end of the object. @returns undefined when it was reached, else why not */
  #scan(): string | undefined {
    const buffer = this.#buffer;
    const closings = this.#closings;
    let at = this.#at;
    let depth = this.#depth;
    let inString = this.#inString;
    let fault: string | undefined = 'more';
    while (at < buffer.length) {
      const byte = buffer[at] ?? 0;
      at += 1;
      if (inString) {
        if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) at += 1;
        else if (byte < FIRST_PRINTABLE) {
          fault = 'a string holds a control character';
          break;
        }
        continue;
      }
      const meaning = MEANING[byte];
      if (meaning === STRING) inString = true;
      else if (meaning === OPEN) {
        if (depth === DEEPEST) {
          fault = `it is nested more than ${DEEPEST} deep`;
          break;
        }
        closings[depth] = byte + TO_CLOSING;
        depth += 1;
      } else if (meaning === CLOSE) {
        depth -= 1;
        if (closings[depth] !== byte) {
          fault = 'its brackets do not match';
          break;
        }
        if (depth === 0) {
          fault = undefined;
          break;
        }
      } else if (meaning === INVALID) {
        fault = 'a character stands where none may';
        break;
      }
    }
    this.#at = at;
    this.#depth = depth;
    this.#inString = inString;
    return fault;
  }

  /** Has the object read whose end was reached. */
  *#take(): Generator<Found<T>> {
    const [start, end] = [this.#start, this.#at];
    const place = { offset: this.#base + start, bytes: end - start };
    const reading = this.#read(this.#buffer.subarray(start, end));
    if (reading.kind === 'malformed') {
      this.#giveUp(reading.why);
      return;
    }
    this.#start = -1;
    if (reading.kind === 'value') {
      yield* this.#tellDamage(place.offset);
      yield { ...place, ...reading };
    } else if (this.#damage === undefined) yield { ...place, ...reading };
  }

  /** The object at hand is none: looks for the next from its second byte on. */
  #giveUp(why: string): void {
    this.#damage ??= { offset: this.#base + this.#start, why };
    this.#at = this.#start + 1;
    this.#start = -1;
  }

  *#tellDamage(end: number): Generator<Found<T>> {
    if (this.#damage === undefined) return;
    const { offset, why } = this.#damage;
    this.#damage = undefined;
    yield { kind: 'damaged', offset, bytes: end - offset, why };
  }
}

/**
 * The objects of a stream in order. Memory is bounded by the longest object.
 * @param read what to make of an object's bytes; they are valid during the call
 */
export async function* jsonObjects<T>(
  chunks: AsyncIterable<Buffer>,
  read: (bytes: Buffer) => Reading<T>,
): AsyncGenerator<Found<T>, void> {
  const scanner = new ObjectScanner(read);
  for await (const chunk of chunks) yield* scanner.push(chunk);
  yield* scanner.end();
}
