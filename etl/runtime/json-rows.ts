import type { ColumnType } from '../table.ts';
import type { RowForm } from './published-rows.ts';
import { textLines } from './text-lines.ts';
import type { Cell } from './warehouse.ts';

const cellOf = (value: unknown, type: ColumnType): Cell => {
  if (value === undefined || value === null) return null;
  return type === 'bigint' ? BigInt(value as number | string) : (value as Cell);
};

/** Rows as JSON. Whole numbers beyond 2^53 and decimals are texts of their digits. */
export const jsonRows: RowForm = {
  kind: 'json',
  async *rows(body, { columns }) {
    const types = Object.entries(columns);
    for await (const lines of textLines(body)) {
      for (const line of lines) {
        const found = JSON.parse(line) as Readonly<Record<string, unknown>>;
        const row: Record<string, Cell> = {};
        for (const [name, type] of types) row[name] = cellOf(found[name], type);
        yield row;
      }
    }
  },
};
