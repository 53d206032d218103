import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';

const FLUSH_CHARACTERS = 1 << 18;

/** A file of gzip JSON lines that grows row by row. */
export class TableFile {
  readonly path: string;
  rows = 0;
  #text = '';
  readonly #gzip: Gzip;
  readonly #written: Promise<void>;

  constructor(path: string) {
    this.path = path;
    // The fastest level: a better one takes twice as long for a tenth of the size.
    this.#gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 1 << 16 });
    this.#written = pipeline(this.#gzip, createWriteStream(path));
    this.#written.catch(() => undefined);
  }

  add(line: string): void {
    this.#text += `${line}\n`;
    this.rows += 1;
  }

  /** Hands over what has gathered, once it is worth it, and waits while the disk is slower. */
  async flush(from = FLUSH_CHARACTERS): Promise<void> {
    if (this.#text.length < from || this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    if (!this.#gzip.write(text)) await Promise.race([once(this.#gzip, 'drain'), this.#written]);
  }

  /** Completes the file. */
  async end(): Promise<void> {
    await this.flush(0);
    this.#gzip.end();
    await this.#written;
  }

  /** Ends without a file. */
  discard(): void {
    this.#gzip.destroy();
  }
}
