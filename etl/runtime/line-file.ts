import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

const FLUSH_CHARACTERS = 1 << 18;

/** A file of lines that is written bit by bit, as it is or as gzip. */
export class LineFile {
  readonly path: string;
  lines = 0;
  readonly #into: Writable;
  readonly #written: Promise<void>;
  #waiting: string[] = [];
  #characters = 0;

  private constructor(path: string, into: Writable, written: Promise<void>) {
    this.path = path;
    this.#into = into;
    this.#written = written;
    written.catch(() => undefined);
  }

  static plain(path: string): LineFile {
    const file = createWriteStream(path);
    const written = once(file, 'close').then(() => {
      if (file.errored !== null) throw file.errored;
    });
    return new LineFile(path, file, written);
  }

  /** At the fastest level: a better one takes twice as long for a tenth of the size. */
  static gzip(path: string): LineFile {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 1 << 17 });
    return new LineFile(path, gzip, pipeline(gzip, createWriteStream(path)));
  }

  /** @param line without its end */
  add(line: string): void {
    this.lines += 1;
    this.#waiting.push(line);
    this.#characters += line.length;
  }

  /** Hands over what has gathered, once that is worth it. @returns a promise only when there is a wait */
  flush(): Promise<void> | undefined {
    return this.#characters >= FLUSH_CHARACTERS ? this.#write() : undefined;
  }

  /** @returns the path of the whole file */
  async end(): Promise<string> {
    await this.#write();
    this.#into.end();
    await this.#written;
    return this.path;
  }

  /** Ends without a file. */
  async discard(): Promise<void> {
    this.#into.destroy();
    await this.#written.catch(() => undefined);
    await rm(this.path, { force: true });
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const text = `${this.#waiting.join('\n')}\n`;
    this.#waiting = [];
    this.#characters = 0;
    if (!this.#into.write(text)) await Promise.race([once(this.#into, 'drain'), this.#written]);
  }
}
