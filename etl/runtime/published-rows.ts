import type { TableDeclaration } from '../table.ts';
import { expandedBytes } from './expanded-bytes.ts';
import type { ReadHandle } from './handles.ts';
import type { Row } from './warehouse.ts';

/** How rows lie in an object, each cell in the form of its column. An object whose name ends in `.gz` is gzip. */
export interface RowForm {
  /**
   * `json`: a line for each row, columns by name, one that is not named is NULL. `csv`: a header, `|` between
   * fields, quotes (doubled within) where they are needed, an empty field is NULL.
   */
  readonly kind: 'json' | 'csv';
  readonly rows: (body: AsyncIterable<Buffer>, table: TableDeclaration) => AsyncIterable<Row>;
}

/**
 * Rows that a stage has published. They can be gone through like any others, as often as need be; a warehouse
 * on the same machine reads the files by itself, which is many times as fast.
 */
export interface PublishedRows extends AsyncIterable<Row> {
  readonly kind: RowForm['kind'];
  /** The objects as files on this machine. */
  files(): Promise<readonly string[]>;
}

/** @param names of the objects below the handle, in the order of their rows */
export const publishedRows = (
  handle: ReadHandle,
  names: readonly string[],
  table: TableDeclaration,
  { kind, rows }: RowForm,
): PublishedRows => ({
  kind,
  files: () => Promise.all(names.map((name) => handle.asFile(name))),
  async *[Symbol.asyncIterator]() {
    for (const name of names) {
      const body = (await handle.open(name)) as AsyncIterable<Buffer>;
      yield* rows(name.endsWith('.gz') ? expandedBytes(name, body) : body, table);
    }
  },
});

/** Whether rows lie in files that a warehouse may read by itself. */
export const isPublished = (rows: AsyncIterable<Row> | Iterable<Row>): rows is PublishedRows =>
  'files' in rows && 'kind' in rows;
