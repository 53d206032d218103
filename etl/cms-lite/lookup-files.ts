import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileFault } from '../runtime/file-faults.ts';
import { LineFile } from '../runtime/line-file.ts';
import { batchLine } from './batch-file.ts';
import type { FileSpec, LookupSpec } from './file-spec.ts';
import { RowShape, type RowRejection } from './row-shape.ts';

/** A column of more different values than these is no column of words, and would fill the memory. */
const MOST_VALUES = 100_000;
const ID_BYTES = 8;

/** What was made of one column of several values: the rows of one of its tables, on this machine. */
export interface LookupFile {
  readonly table: string;
  readonly path: string;
  readonly rows: number;
}

/** Made of the value itself, so that it is the same in every archive: the first 63 bits of its SHA-256. */
const idOf = (value: string): string =>
  (createHash('sha256').update(value).digest().subarray(0, ID_BYTES).readBigUInt64BE() >> 1n).toString();

/** Writes the tables of one column. */
class LookupColumn {
  readonly #delim: string;
  readonly #tables: readonly [dictionary: string, links: string];
  readonly #files: readonly [dictionary: LineFile, links: LineFile];
  readonly #ids = new Map<string, string>();

  constructor({ delim, dictionary, links }: LookupSpec, folder: string) {
    this.#delim = delim;
    this.#tables = [dictionary.name, links.name];
    const open = ({ name, columns }: typeof dictionary): LineFile => {
      const file = LineFile.plain(join(folder, `lookup-${name}.csv`));
      file.add(batchLine(Object.keys(columns)));
      return file;
    };
    this.#files = [open(dictionary), open(links)];
  }

  /** @param cell values between delimiters; one at its start or end is no matter */
  add(key: string, cell: string, file: string): void {
    if (cell === '') return;
    for (const value of new Set(cell.split(this.#delim))) {
      if (value !== '') this.#files[1].add(batchLine([key, this.#idOf(value, file)]));
    }
  }

  async flush(): Promise<void> {
    for (const file of this.#files) await file.flush();
  }

  async end(): Promise<readonly LookupFile[]> {
    return Promise.all(
      this.#files.map(async (file, at) => ({
        ...{ table: this.#tables[at] ?? '', rows: file.lines - 1 },
        path: await file.end(),
      })),
    );
  }

  async discard(): Promise<void> {
    for (const file of this.#files) await file.discard();
  }

  #idOf(value: string, file: string): string {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    if (this.#ids.size === MOST_VALUES)
      throw fileFault(
        'TOO_MANY_VALUES',
        file,
        `has more than ${MOST_VALUES} different values for ${this.#tables[0]}`,
      );
    const id = idOf(value);
    // A part of a text would keep all of it in memory.
    this.#ids.set(Buffer.from(value).toString(), id);
    this.#files[0].add(batchLine([id, value]));
    return id;
  }
}

/** Splits the columns of several values of one file into their tables. */
export class LookupFiles {
  readonly #file: string;
  readonly #spec: FileSpec;
  readonly #columns: readonly LookupColumn[];
  #shape: RowShape | undefined;

  /** @param file its name, for messages @param folder for files of rows */
  constructor(file: string, spec: FileSpec, folder: string) {
    this.#file = file;
    this.#spec = { ...spec, columns: [spec.key, ...spec.lookups.map(({ column }) => column)] };
    this.#columns = spec.lookups.map((lookup) => new LookupColumn(lookup, folder));
  }

  /** @param first row of the file: its header if it has one */
  begin(first: readonly string[]): void {
    if (this.#columns.length > 0) this.#shape = new RowShape(this.#file, this.#spec, first);
  }

  /** @returns why the row can't be used, if so. @throws TOO_MANY_VALUES */
  add(fields: readonly string[]): RowRejection | undefined {
    if (this.#shape === undefined) return undefined;
    const cells = this.#shape.shape(fields);
    if (!Array.isArray(cells)) return cells as RowRejection;
    const [key = '', ...values] = cells as readonly string[];
    this.#columns.forEach((column, at) => column.add(key, values[at] ?? '', this.#file));
    return undefined;
  }

  /** Hands over what has gathered. */
  async flush(): Promise<void> {
    for (const column of this.#columns) await column.flush();
  }

  async end(): Promise<readonly LookupFile[]> {
    return (await Promise.all(this.#columns.map((column) => column.end()))).flat();
  }

  /** Ends without files. */
  async discard(): Promise<void> {
    for (const column of this.#columns) await column.discard();
  }
}
