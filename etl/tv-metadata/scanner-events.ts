/** COPY takes no larger JSON object. */
export const MOST_ELEMENT_BYTES = 4 << 20;

/** Levels of nesting, counted from the document. */
export const DEEPEST = 200;

export type DamageReason = 'damaged' | 'too-deep' | 'element-too-large';

/** A part of a document of which no element could be made. */
export interface Damage {
  readonly reason: DamageReason;
  /** What is wrong, and where, for a person. */
  readonly detail: string;
  /** The first-level array in which it lies, if it lies in one. */
  readonly array: string | undefined;
  /** In bytes of the document, from 0. */
  readonly offset: number;
  readonly length: number;
  /** Its beginning, valid during the call alone. */
  readonly bytes: Buffer;
  /** All of it is in `bytes`. */
  readonly isWhole: boolean;
}

/** What a scanner tells, in the order of the document, and what it asks. */
export interface ScannerEvents {
  /** A first-level key. Unless its value is an array, its content is passed over. */
  member(name: string): void;
  /** An element of a first-level array; `bytes` are valid during the call alone. */
  element(array: string, bytes: Buffer, offset: number): void;
  damage(damage: Damage): void;
  /** Whether a key can stand in an element of the array. */
  isField(array: string, key: string): boolean;
  /** Whether it is the name of a first-level array that is expected. */
  isArray(name: string): boolean;
}
