import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ColumnType, TableDeclaration } from '../table.ts';
import type { Cell, Row } from '../runtime/warehouse.ts';

/** Lines of a file, without their ends. Only a newline ends a line: text may hold every other separator. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(0x0a);
    if (end < 0) {
      rest = Buffer.concat([rest, chunk]);
      continue;
    }
    const whole = Buffer.concat([rest, chunk.subarray(0, end)]).toString();
    rest = chunk.subarray(end + 1);
    yield* whole.split('\n');
  }
}

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
    for await (const line of linesOf(body.pipe(gunzip))) {
      const found = JSON.parse(line) as Readonly<Record<string, unknown>>;
      const row: Record<string, Cell> = {};
      for (const [name, type] of columns) row[name] = cellOf(found[name], type);
      yield row;
    }
  } finally {
    body.destroy();
    gunzip.destroy();
  }
}
