import type { RowForm } from '../runtime/published-rows.ts';
import type { ColumnType } from '../table.ts';
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

/** Such files as the warehouse takes their rows. */
export const batchRows: RowForm = {
  kind: 'csv',
  async *rows(body, table) {
    const columns = Object.entries(table.columns).map(([name, type]) => ({ name, read: cellReader(type) }));
    const scanner = new CsvScanner(DELIM);
    let isHeader = true;
    const rowsOf = function* (rows: ReturnType<CsvScanner['push']>): Generator<Row> {
      for (const fields of rows) {
        if (isHeader) {
          isHeader = false;
          continue;
        }
        const row: Record<string, Cell> = {};
        columns.forEach(({ name, read }, index) => {
          const text = fields[index] ?? '';
          row[name] = text === '' ? null : read(text);
        });
        yield row;
      }
    };
    for await (const block of textBlocks(body, 'utf-8', table.name)) yield* rowsOf(scanner.push(block));
    yield* rowsOf(scanner.push({ text: '', isDamaged: false }, true));
  },
};
