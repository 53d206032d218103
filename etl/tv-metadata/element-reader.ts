import { isUtf8 } from 'node:buffer';
import { isLosslessNumber } from 'lossless-json';
import { parseExactly } from './exact-json.ts';
import { undoubled } from './repair.ts';
import { columnsOf, ID_COLUMNS, REFERENCES, SENTINEL, SENTINEL_COLUMNS, type ArrayName } from './tables.ts';
import { conversionOf, textOf, type Converted } from './values.ts';

export type ElementReason = 'bad-json' | 'invalid-utf8' | 'not-an-object' | 'no-id' | 'id-too-long';

/** A row as a line of JSON without its end, which says where it comes from; or why there is none. */
export type ElementResult =
  | { readonly line: string; readonly id: string | undefined; readonly references: readonly string[] }
  | { readonly reason: ElementReason; readonly detail: string };

/** Counted while elements of one array are read, by column or key. */
export interface ReadingCounts {
  readonly unusable: Map<string, number>;
  readonly cut: Map<string, number>;
  readonly unknownKeys: Map<string, number>;
  repairedKeys: number;
}

interface Column {
  readonly name: string;
  readonly convert: (value: unknown) => Converted;
  readonly sentinel: boolean;
}

const MOST_KEYS = 1000;
const LONGEST_ID = 256;

/** `availabilityStart`, `availability_start` and `AvailabilityStart` are one name; `is3D` is `is3d` and `is3_d`. */
const folded = (key: string): string => key.replaceAll('_', '').toLowerCase();

const more = (counts: Map<string, number>, name: string): void => {
  if (counts.size < MOST_KEYS || counts.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);

/** Reads the elements of one array into rows of its table. */
export class ElementReader {
  readonly counts: ReadingCounts = {
    unusable: new Map(),
    cut: new Map(),
    unknownKeys: new Map(),
    repairedKeys: 0,
  };
  readonly #columns: readonly Column[];
  readonly #byKey = new Map<string, number>();
  readonly #repairs: boolean;
  /** Where keys that were met belong: a column, or none (-1). */
  readonly #met = new Map<string, { readonly column: number; readonly isRepaired: boolean }>();
  readonly #id: number;
  readonly #idName: string | undefined;
  readonly #references: readonly number[];

  constructor(
    array: ArrayName,
    { sentinels, repair }: { readonly sentinels: boolean; readonly repair: boolean },
  ) {
    this.#columns = Object.entries(columnsOf(array)).map(([name, type]) => ({
      name,
      convert: conversionOf(type),
      sentinel: sentinels && (SENTINEL_COLUMNS[array]?.has(name) ?? false),
    }));
    const names = this.#columns.map(({ name }) => name);
    for (const [index, name] of names.entries()) this.#byKey.set(folded(name), index);
    this.#repairs = repair;
    this.#idName = ID_COLUMNS[array];
    this.#id = names.indexOf(this.#idName ?? '');
    this.#references = REFERENCES.filter(({ from }) => from === array).map(({ column }) =>
      names.indexOf(column),
    );
  }

  isField(key: string): boolean {
    return this.#byKey.has(folded(key));
  }

  /** @param last the members that every row ends with, as JSON text without brackets */
  read(bytes: Uint8Array, last: string): ElementResult {
    if (!isUtf8(bytes)) return { reason: 'invalid-utf8', detail: 'it is no valid UTF-8' };
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    let element: unknown;
    try {
      element = parseExactly(text);
    } catch (error) {
      return { reason: 'bad-json', detail: error instanceof Error ? error.message : 'it is no JSON' };
    }
    if (!isObject(element)) return { reason: 'not-an-object', detail: 'it is no object' };
    return this.#row(element, last);
  }

  #row(element: Readonly<Record<string, unknown>>, last: string): ElementResult {
    const values = new Array<unknown>(this.#columns.length);
    for (const [key, value] of Object.entries(element)) {
      const { column, isRepaired } = this.#place(key);
      if (column < 0) more(this.counts.unknownKeys, key);
      else if (values[column] === undefined || values[column] === null) {
        values[column] = value;
        if (isRepaired) this.counts.repairedKeys += 1;
      }
    }
    const id = this.#id < 0 ? undefined : idOf(values[this.#id]);
    if (this.#id >= 0 && (id === undefined || id === ''))
      return { reason: 'no-id', detail: `${this.#idName ?? 'its id'} is empty` };
    if (id !== undefined && Buffer.byteLength(id) > LONGEST_ID)
      return {
        reason: 'id-too-long',
        detail: `${this.#idName ?? 'its id'} is longer than ${LONGEST_ID} bytes`,
      };
    const references = this.#references.map((column) => idOf(values[column]) ?? '');
    return { line: `{${this.#members(values)}${last}}`, id, references };
  }

  #members(values: readonly unknown[]): string {
    let line = '';
    for (let index = 0; index < this.#columns.length; index++) {
      const column = this.#columns[index];
      if (column === undefined || (values[index] === undefined && !column.sentinel)) continue;
      const { json, outcome } = column.convert(values[index]);
      if (outcome === 'unusable') more(this.counts.unusable, column.name);
      else if (outcome === 'cut') more(this.counts.cut, column.name);
      const written = json ?? (column.sentinel ? String(SENTINEL) : undefined);
      if (written !== undefined) line += `"${column.name}":${written},`;
    }
    return line;
  }

  #place(key: string): { readonly column: number; readonly isRepaired: boolean } {
    const known = this.#met.get(key);
    if (known !== undefined) return known;
    const exact = this.#byKey.get(folded(key));
    const near = this.#repairs ? undoubled(key).map((name) => this.#byKey.get(folded(name))) : [];
    const column = exact ?? near.find((index) => index !== undefined) ?? -1;
    const place = { column, isRepaired: exact === undefined && column >= 0 };
    if (this.#met.size < MOST_KEYS) this.#met.set(key, place);
    return place;
  }
}

const idOf = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : textOf(value).trim();
