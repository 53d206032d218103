import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

const BUFFER_BYTES = 1 << 18;
/** What UTF-8 takes at most for a unit of UTF-16. */
const MOST_BYTES = 3;
const NEWLINE = 0x0a;

/**
 * A file of lines that is written bit by bit, as it is or as gzip. Lines are encoded into buffers that are used
 * again: one is filled while another is written.
 */
export class LineFile {
  readonly path: string;
  lines = 0;
  readonly #into: Writable;
  readonly #written: Promise<void>;
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;
  /** Filled, and not handed over yet. */
  #full: Buffer[] = [];
  /** Of usual size, and written. */
  #spare: Buffer | undefined;
  #writing: Promise<void> = Promise.resolve();

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
    const most = line.length * MOST_BYTES + 1;
    if (this.#used + most > this.#buffer.length) this.#renew(most);
    this.#used += this.#buffer.write(line, this.#used);
    this.#buffer[this.#used] = NEWLINE;
    this.#used += 1;
    this.lines += 1;
  }

  /** Hands over what has gathered, once that is worth it. @returns a promise only when there is a wait */
  flush(): Promise<void> | undefined {
    return this.#full.length === 0 ? undefined : this.#write();
  }

  /** @returns the path of the whole file */
  async end(): Promise<string> {
    this.#renew(0);
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

  /** Puts the buffer at hand to the full ones and takes another. @param bytes that it must hold */
  #renew(bytes: number): void {
    if (this.#used > 0) this.#full.push(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
    if (bytes <= BUFFER_BYTES && this.#spare !== undefined) {
      this.#buffer = this.#spare;
      this.#spare = undefined;
    } else this.#buffer = Buffer.allocUnsafeSlow(Math.max(bytes, bytes === 0 ? 0 : BUFFER_BYTES));
  }

  /** Hands over the full buffers, each when the one before is written. */
  async #write(): Promise<void> {
    for (const bytes of this.#full.splice(0)) {
      await this.#writing;
      const taken = new Promise<void>((resolve) => {
        this.#into.write(bytes, () => {
          if (bytes.buffer.byteLength === BUFFER_BYTES) this.#spare = Buffer.from(bytes.buffer);
          resolve();
        });
      });
      // What goes wrong is told by `written`, with its cause.
      this.#writing = Promise.race([taken, this.#written]);
      this.#writing.catch(() => undefined);
    }
  }
}
