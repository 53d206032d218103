import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { textLines } from '../runtime/text-lines.ts';

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

  /** @param line without its end. @returns a promise only when the writing has to be waited for */
  add(line: string): Promise<void> | undefined {
    this.lines += 1;
    this.#waiting.push(line);
    this.#characters += line.length;
    return this.#characters >= FLUSH_CHARACTERS ? this.#flush() : undefined;
  }

  /** @returns the path of the whole file */
  async end(): Promise<string> {
    await this.#flush();
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

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const text = `${this.#waiting.join('\n')}\n`;
    this.#waiting = [];
    this.#characters = 0;
    if (!this.#into.write(text)) await Promise.race([once(this.#into, 'drain'), this.#written]);
  }
}

/** The lines of a gzip file, many at a time. */
export async function* linesOfGzip(body: AsyncIterable<Buffer>): AsyncGenerator<readonly string[], void> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  pipeline(body, gunzip).catch(() => undefined);
  try {
    yield* textLines(gunzip as AsyncIterable<Buffer>);
  } finally {
    gunzip.destroy();
  }
}
