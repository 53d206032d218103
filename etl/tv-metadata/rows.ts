import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ColumnType, TableDeclaration } from '../table.ts';
import { textLines } from '../runtime/text-lines.ts';
import type { Cell, Row } from '../runtime/warehouse.ts';

const cellOf = (value: unknown, type: ColumnType): Cell => {
  if (value === undefined) return null;
  return type === 'bigint' ? BigInt(value as number | string) : (value as Cell);
};

/** Rows of a split file, as the warehouse takes them. */
export async function* rowsOf(body: Readable, table: TableDeclaration): AsyncGenerator<Row> {
  const columns = Object.entries(table.columns);
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  body.once('error', (error) => gunzip.destroy(error));
  try {
    for await (const lines of textLines(body.pipe(gunzip))) {
      for (const line of lines) {
        const found = JSON.parse(line) as Readonly<Record<string, unknown>>;
        const row: Record<string, Cell> = {};
        for (const [name, type] of columns) row[name] = cellOf(found[name], type);
        yield row;
      }
    }
  } finally {
    body.destroy();
    gunzip.destroy();
  }
}
