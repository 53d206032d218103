import { createHash } from 'node:crypto';

/** One slot in so many may be in use, in percent. */
const FULLEST = 70;
const FIRST_SLOTS = 1024;

/**
 * A set of ids that needs about 20 bytes for each, however long they are: it keeps 64 bits of a hash. That two of
 * ten million ids share them has a probability below one in 100,000. Each id has a count.
 */
export class IdSet {
  #hashes = new BigUint64Array(FIRST_SLOTS);
  #counts = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  /** Counts an id once more. @returns how often it was counted before */
  add(id: string): number {
    if ((this.#size + 1) * 100 > this.#hashes.length * FULLEST) this.#grow();
    const slot = this.#slotOf(hashOf(id));
    const before = this.#counts[slot] ?? 0;
    if (before === 0) this.#size += 1;
    this.#counts[slot] = before + 1;
    return before;
  }

  /** Sum of the counts of the ids that another set lacks. */
  countMissingIn(other: IdSet): number {
    let sum = 0;
    for (const [slot, count] of this.#counts.entries()) {
      if (count > 0 && !other.#has(this.#hashes[slot] ?? 0n)) sum += count;
    }
    return sum;
  }

  #has(hash: bigint): boolean {
    for (let slot = this.#homeOf(hash); this.#counts[slot] !== 0; slot = this.#next(slot)) {
      if (this.#hashes[slot] === hash) return true;
    }
    return false;
  }

  /** The slot of a hash, or the free one that it takes now. */
  #slotOf(hash: bigint): number {
    let slot = this.#homeOf(hash);
    while (this.#counts[slot] !== 0 && this.#hashes[slot] !== hash) slot = this.#next(slot);
    this.#hashes[slot] = hash;
    return slot;
  }

  #homeOf(hash: bigint): number {
    return Number(hash & BigInt(this.#hashes.length - 1));
  }

  #next(slot: number): number {
    return (slot + 1) & (this.#hashes.length - 1);
  }

  #grow(): void {
    const [hashes, counts] = [this.#hashes, this.#counts];
    this.#hashes = new BigUint64Array(hashes.length * 2);
    this.#counts = new Uint32Array(hashes.length * 2);
    for (const [slot, count] of counts.entries()) {
      if (count > 0) this.#counts[this.#slotOf(hashes[slot] ?? 0n)] = count;
    }
  }
}

const hashOf = (id: string): bigint => createHash('md5').update(id).digest().readBigUInt64LE();
