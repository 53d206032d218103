import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from '../table.ts';
import { digitsOf, type PlainCell } from './plain-cells.ts';
import { rowCheckOf } from './table-rows.ts';
import type { Load } from './warehouse.ts';

const MS_PER_DAY = 86_400_000;
/** Rows that DuckDB takes at once. */
const CHUNK_ROWS = 2048;
/** Long texts are handed over earlier, so that memory does not grow with their length. */
const CHUNK_CHARACTERS = 1 << 19;

type DuckDb = typeof import('@duckdb/node-api');

/** What DuckDB takes for the cells of a column. */
type Conversion = (cells: readonly PlainCell[]) => readonly DuckDBValue[];

/** Converts cells that are texts; dates and times of neighbouring rows repeat. */
const eachText =
  (convert: (text: string) => DuckDBValue): Conversion =>
  (cells) => {
    let [last, value]: [PlainCell, DuckDBValue] = [null, null];
    return cells.map((cell) => {
      if (cell !== last) [last, value] = [cell, cell === null ? null : convert(String(cell))];
      return value;
    });
  };

/** @param text `YYYY-MM-DD hh:mm:ss.ffffff` in UTC @returns microseconds since 1970 */
const microseconds = (text: string): bigint => {
  const milliseconds = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
  return BigInt(milliseconds) * 1000n + BigInt(text.slice(23));
};

const conversionOf = (type: ColumnType, duckdb: DuckDb): Conversion => {
  const digits = digitsOf(type);
  if (digits !== undefined) {
    const { precision, scale } = digits;
    return eachText((text) => new duckdb.DuckDBDecimalValue(BigInt(text.replace('.', '')), precision, scale));
  }
  switch (type) {
    case 'date':
      return eachText((text) => new duckdb.DuckDBDateValue(Date.parse(`${text}T00:00:00Z`) / MS_PER_DAY));
    case 'timestamp':
      return eachText((text) => new duckdb.DuckDBTimestampValue(microseconds(text)));
    default:
      return (cells) => cells;
  }
};

const typeOf = (type: ColumnType, duckdb: DuckDb) => {
  const digits = digitsOf(type);
  if (digits !== undefined) return duckdb.DECIMAL(digits.precision, digits.scale);
  switch (type) {
    case 'boolean':
      return duckdb.BOOLEAN;
    case 'bigint':
      return duckdb.BIGINT;
    case 'double':
      return duckdb.DOUBLE;
    case 'date':
      return duckdb.DATE;
    case 'timestamp':
      return duckdb.TIMESTAMP;
    default:
      return duckdb.VARCHAR;
  }
};

/** A table as the appender finds it. */
export interface Target {
  readonly catalog?: string;
  readonly schema: string;
  readonly name: string;
  /** Its columns in their order, which is not always that of the declaration. */
  readonly columns: readonly string[];
}

/**
 * Appends the rows of a load, checked one by one, column by column in chunks.
 * @returns how many there were
 * @throws LOAD_INVALID, and what the rows themselves throw
 */
export const appendRows = async (
  connection: DuckDBConnection,
  load: Load,
  target: Target,
): Promise<number> => {
  const duckdb = await import('@duckdb/node-api');
  const columns = Object.entries(load.table.columns).map(([name, type]) => ({
    ...{ type, cells: [] as PlainCell[], convert: conversionOf(type, duckdb) },
    place: target.columns.indexOf(name),
  }));
  const placed = columns.toSorted((a, b) => a.place - b.place);
  const check = rowCheckOf(load);
  const chunk = duckdb.DuckDBDataChunk.create(placed.map(({ type }) => typeOf(type, duckdb)));
  const appender = await connection.createAppender(target.name, target.schema, target.catalog);
  let [rows, waiting, characters] = [0, 0, 0];
  const flush = (): void => {
    chunk.reset();
    chunk.rowCount = waiting;
    chunk.setColumns(placed.map(({ cells, convert }) => convert(cells)));
    appender.appendDataChunk(chunk);
    // The appender itself would hold 200,000 rows, outside of DuckDB's limit of memory.
    appender.flushSync();
    for (const column of columns) column.cells = [];
    [waiting, characters] = [0, 0];
  };
  try {
    for await (const row of load.rows) {
      const checked = check(row);
      for (let index = 0; index < columns.length; index++) {
        const cell = checked[index] ?? null;
        columns[index]?.cells.push(cell);
        if (typeof cell === 'string') characters += cell.length;
      }
      rows += 1;
      waiting += 1;
      if (waiting === CHUNK_ROWS || characters > CHUNK_CHARACTERS) flush();
    }
    if (waiting > 0) flush();
  } finally {
    appender.closeSync();
  }
  return rows;
};
