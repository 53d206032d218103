/** Reproducible random numbers: equal seeds give equal days. */
export interface Random {
  /** @returns a number from 0 (inclusive) to 1 (exclusive) */
  next(): number;
  /** @returns a whole number from 0 to `count` - 1 */
  below(count: number): number;
  /** @returns a whole number from 0 to `count` - 1, small ones far more often, as popularity has it */
  popular(count: number): number;
  /** @returns true with that probability */
  chance(probability: number): boolean;
  pick<T>(values: readonly [T, ...T[]]): T;
  /** @returns that many characters of `alphabet` */
  text(length: number, alphabet?: string): string;
}

const HEX = '0123456789abcdef';

/** The generator mulberry32 (Tommy Ettinger, public domain). @param seed any whole number */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    next,
    below,
    popular: (count) => Math.floor(count * next() ** 3),
    chance: (probability) => next() < probability,
    pick: (values) => values[below(values.length)] ?? values[0],
    text: (length, alphabet = HEX) => {
      let text = '';
      for (let i = 0; i < length; i++) text += alphabet.charAt(below(alphabet.length));
      return text;
    },
  };
};

/** Mixes numbers into one seed, so that neighbours don't give similar sequences. */
export const seedOf = (...parts: readonly number[]): number =>
  parts.reduce((seed, part) => Math.imul(seed ^ part, 0x01000193) ^ (seed >>> 13), 0x811c9dc5);
