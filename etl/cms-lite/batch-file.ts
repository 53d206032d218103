import type { ColumnType, TableDeclaration } from '../table.ts';
import type { Cell, Row } from '../runtime/warehouse.ts';
import { CsvScanner } from './csv-scanner.ts';
import { textBlocks } from './text-blocks.ts';

/** A table's rows as a file: CSV with a header, `|` between fields, quotes where they are needed, empty for NULL. */
const DELIM = '|';
const SPECIAL = /[|"\r\n]/u;

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
const fieldOf = (cell: string): string => (SPECIAL.test(cell) ? quoted(cell) : cell);

/** The line of a row, or of the header. One without a character would be no row. */
export const batchLine = (cells: readonly string[]): string => cells.map(fieldOf).join(DELIM) || '""';

const cellReader = (type: ColumnType): ((text: string) => Cell) => {
  if (type === 'boolean') return (text) => text === 'true';
  if (type === 'bigint') return (text) => BigInt(text);
  return type === 'double' ? Number : (text) => text;
};

/**
 * The rows of such a file, as the warehouse takes them.
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
