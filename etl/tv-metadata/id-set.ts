import { hash } from 'node:crypto';

/** One slot in so many may be in use, in percent. */
const FULLEST = 70;
const FIRST_SLOTS = 1024;

/**
 * A set of ids that needs about 20 bytes for each, however long they are: it keeps 64 bits of a hash. That two of
 * ten million ids share them has a probability below one in 100,000. Each id has a count.
 */
export class IdSet {
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  #counts = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  /** Counts an id once more. @returns how often it was counted before */
  add(id: string): number {
    if ((this.#size + 1) * 100 > this.#counts.length * FULLEST) this.#grow();
    // Thirty-two digits in hexadecimal, which come faster than bytes.
    const digits = hash('md5', id);
    const slot = this.#slotOf(
      Number.parseInt(digits.slice(0, 8), 16),
      Number.parseInt(digits.slice(8, 16), 16),
    );
    const before = this.#counts[slot] ?? 0;
    if (before === 0) this.#size += 1;
    this.#counts[slot] = before + 1;
    return before;
  }

  /** Sum of the counts of the ids that another set lacks. */
  countMissingIn(other: IdSet): number {
    let sum = 0;
    for (const [slot, count] of this.#counts.entries()) {
      if (count > 0 && !other.#has(this.#high[slot] ?? 0, this.#low[slot] ?? 0)) sum += count;
    }
    return sum;
  }

  #has(high: number, low: number): boolean {
    return this.#counts[this.#find(high, low)] !== 0;
  }

  /** The slot of a hash, or the free one that it takes now. */
  #slotOf(high: number, low: number): number {
    const slot = this.#find(high, low);
    this.#high[slot] = high;
    this.#low[slot] = low;
    return slot;
  }

  /** The slot of a hash, or the free one that it would take. */
  #find(high: number, low: number): number {
    const last = this.#counts.length - 1;
    let slot = low & last;
    while (this.#counts[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high))
      slot = (slot + 1) & last;
    return slot;
  }

  #grow(): void {
    const [high, low, counts] = [this.#high, this.#low, this.#counts];
    this.#high = new Uint32Array(counts.length * 2);
    this.#low = new Uint32Array(counts.length * 2);
    this.#counts = new Uint32Array(counts.length * 2);
    for (const [slot, count] of counts.entries()) {
      if (count > 0) this.#counts[this.#slotOf(high[slot] ?? 0, low[slot] ?? 0)] = count;
    }
  }
}
