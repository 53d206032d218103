import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { duckDbSettings } from './duckdb-settings.ts';

type Row = Readonly<Record<string, unknown>>;

/** DuckDB in memory, for one stage: within a fixed share of memory and without any network. */
export class Engine {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /**
   * @param scratch folder to spill to
   * @param threads 1 for many small statements, which a second thread only makes dearer
   */
  static async open(scratch: string, threads: 1 | 2 = 2): Promise<Engine> {
    return new Engine(
      await DuckDBInstance.create(':memory:', {
        ...duckDbSettings({ memoryMB: 96, threads }),
        temp_directory: scratch,
      }),
    );
  }

  /** Runs one statement. @returns its rows; DOUBLE and VARCHAR as number and string */
  async query(sql: string, parameters: Record<string, DuckDBValue>): Promise<readonly Row[]> {
    const connection = await this.#instance.connect();
    try {
      return (await connection.runAndReadAll(sql, parameters)).getRowObjects();
    } finally {
      connection.closeSync();
    }
  }

  /** Runs a `COPY … TO`. @returns the rows that were written */
  async copy(sql: string, parameters: Record<string, DuckDBValue>): Promise<number> {
    const [written] = await this.query(sql, parameters);
    return Number(written?.['Count']);
  }

  /** Runs one statement. @returns its rows in blocks as they come, so that many need no more memory than few */
  async *rows(sql: string, parameters: Record<string, DuckDBValue>): AsyncGenerator<Row> {
    const connection = await this.#instance.connect();
    try {
      const result = await connection.stream(sql, parameters);
      for await (const block of result.yieldRowObjects()) yield* block;
    } finally {
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance.closeSync();
  }
}
