import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import type { QuarantineWriter, RejectedRow } from '../runtime/quarantine.ts';

/** Rows kept in memory; more go to a file, so that a file of nothing but bad rows needs no more. */
const KEPT_ROWS = 2000;

/** The rejected rows of one unit on their way to quarantine. */
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

  /** Hands all rows over; nothing can be added afterwards. */
  async deliver(quarantine: QuarantineWriter): Promise<void> {
    if (this.#gzip === undefined) return quarantine.rows(this.#kept);
    await this.#spill();
    this.#gzip.end();
    await this.#written;
    return quarantine.rows({ jsonlGzFile: this.#file, count: this.#count });
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
