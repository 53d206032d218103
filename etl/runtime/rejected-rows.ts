import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import type { RejectedRow } from './quarantine.ts';

/** Rows kept in memory; more go to a file, so that a file of nothing but bad rows needs no more. */
const KEPT_ROWS = 2000;

/** Rejected rows as quarantine takes them. */
export type Rejections = readonly RejectedRow[] | { readonly jsonlGzFile: string; readonly count: number };

/** Gathers the rejected rows of one unit for quarantine. */
export class RejectedRows {
  readonly #source: string;
  readonly #file: string;
  #kept: RejectedRow[] = [];
  #count = 0;
  #gzip: Gzip | undefined;
  #written: Promise<void> | undefined;

  /** @param file where to write when there are many */
  constructor(source: string, file: string) {
    this.#source = source;
    this.#file = file;
  }

  async add(rows: readonly RejectedRow[]): Promise<void> {
    this.#count += rows.length;
    for (const row of rows) this.#kept.push(row);
    if (this.#kept.length > KEPT_ROWS) await this.#spill();
  }

  /** @returns all rows; nothing can be added afterwards */
  async end(): Promise<Rejections> {
    if (this.#gzip === undefined) return this.#kept;
    await this.#spill();
    this.#gzip.end();
    await this.#written;
    return { jsonlGzFile: this.#file, count: this.#count };
  }

  /** Ends without handing over. */
  discard(): void {
    this.#gzip?.destroy();
  }

  async #spill(): Promise<void> {
    if (this.#gzip === undefined) {
      this.#gzip = createGzip();
      this.#written = pipeline(this.#gzip, createWriteStream(this.#file));
      this.#written.catch(() => undefined);
    }
    const lines = this.#kept.map((row) => `${JSON.stringify({ source: this.#source, ...row })}\n`);
    this.#kept = [];
    if (!this.#gzip.write(lines.join(''))) await Promise.race([once(this.#gzip, 'drain'), this.#written]);
  }
}
