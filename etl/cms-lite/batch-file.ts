import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { ColumnType, TableDeclaration } from '../table.ts';
import type { Cell, Row } from '../runtime/warehouse.ts';
import { CsvScanner } from './csv-scanner.ts';
import { textBlocks } from './text-blocks.ts';

/** A table's rows as a file: CSV with a header, `|` between fields, quotes where they are needed, empty for NULL. */
const DELIM = '|';
const SPECIAL = /[|"\r\n]/u;
const FLUSH_CHARACTERS = 1 << 18;

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
const fieldOf = (cell: string): string => (SPECIAL.test(cell) ? quoted(cell) : cell);
/** A line without a character would be no row. */
const lineOf = (cells: readonly string[]): string => cells.map(fieldOf).join(DELIM) || '""';

/** Writes one. */
export class BatchFile {
  readonly path: string;
  rows = 0;
  #text: string;
  readonly #file: WriteStream;
  readonly #done: Promise<void>;

  constructor(path: string, { columns }: TableDeclaration) {
    this.path = path;
    this.#text = `${lineOf(Object.keys(columns))}\n`;
    this.#file = createWriteStream(path);
    this.#done = finished(this.#file);
    this.#done.catch(() => undefined);
  }

  add(cells: readonly string[]): void {
    this.#text += `${lineOf(cells)}\n`;
    this.rows += 1;
  }

  /** Hands over what has gathered, once it is worth it, and waits while the disk is slower. */
  async flush(from = FLUSH_CHARACTERS): Promise<void> {
    if (this.#text.length < from) return;
    const text = this.#text;
    this.#text = '';
    if (!this.#file.write(text)) await Promise.race([once(this.#file, 'drain'), this.#done]);
  }

  /** Completes the file. */
  async end(): Promise<void> {
    await this.flush(0);
    this.#file.end();
    await this.#done;
  }

  /** Ends without a file. */
  discard(): void {
    this.#file.destroy();
  }
}

const cellReader = (type: ColumnType): ((text: string) => Cell) => {
  if (type === 'boolean') return (text) => text === 'true';
  if (type === 'bigint') return (text) => BigInt(text);
  return type === 'double' ? Number : (text) => text;
};

/**
 * The rows of one, as the warehouse takes them.
 * @param open called when the first row is asked for
 * @param onEnd told how many there were, before the end is
 */
export async function* batchRows(
  table: TableDeclaration,
  open: () => Promise<AsyncIterable<Buffer>>,
  onEnd: (rows: number) => void,
): AsyncGenerator<Row> {
  const columns = Object.entries(table.columns).map(([name, type]) => ({ name, read: cellReader(type) }));
  const scanner = new CsvScanner(DELIM);
  let lines = 0;
  const rowsOf = function* (rows: ReturnType<CsvScanner['push']>): Generator<Row> {
    for (const fields of rows) {
      lines += 1;
      if (lines === 1) continue;
      const row: Record<string, Cell> = {};
      columns.forEach(({ name, read }, index) => {
        const text = fields[index] ?? '';
        row[name] = text === '' ? null : read(text);
      });
      yield row;
    }
  };
  for await (const block of textBlocks(await open(), 'utf-8', table.name)) yield* rowsOf(scanner.push(block));
  yield* rowsOf(scanner.push({ text: '', isDamaged: false }, true));
  onEnd(Math.max(0, lines - 1));
}
