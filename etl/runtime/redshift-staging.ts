import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { failed } from '../../errors/errors.ts';
import { labelOf } from '../table.ts';
import type { PlainCell } from './plain-cells.ts';
import { ROW_NUMBER, type StagedLoad } from './redshift-load-sql.ts';
import { assertExpected, rowCheckOf } from './table-rows.ts';
import type { Load } from './warehouse.ts';

const PART_BYTES = 16 << 20;
/** Bytes of a JSON object that COPY takes; a pipe counts twice. */
const MOST_ROW_BYTES = 4 << 20;

const compress = promisify(gzip);

/** Rows in S3, ready for COPY. */
export interface StagedFiles extends StagedLoad {
  /** `s3://bucket/prefix/` under which only this attempt's files lie. */
  readonly folder: string;
  readonly keys: readonly string[];
}

/** Numbers go as text, which COPY reads digit by digit; as JSON numbers it would take them for doubles. */
const jsonCell = (cell: PlainCell): string => {
  if (cell === null || typeof cell === 'boolean') return String(cell);
  return JSON.stringify(Object.is(cell, -0) ? '-0' : String(cell));
};

const jsonLine = (names: readonly string[], row: readonly PlainCell[], number: number): string => {
  const cells = names.map((name, index) => `,${JSON.stringify(name)}:${jsonCell(row[index] ?? null)}`);
  return `{"${ROW_NUMBER}":${number}${cells.join('')}}\n`;
};

const assertSize = (load: Load, line: string, row: number): void => {
  if (line.length < MOST_ROW_BYTES / 4) return;
  const bytes = Buffer.byteLength(line) + line.split('|').length - 1;
  if (bytes <= MOST_ROW_BYTES) return;
  throw failed({
    code: 'LOAD_INVALID',
    message: `Row ${row} does not fit ${labelOf(load.table)}: it takes ${bytes} bytes, and Redshift reads at most ${MOST_ROW_BYTES}.`,
    hint: 'Nothing was loaded. Mend the stage that makes the rows.',
    details: { table: labelOf(load.table), row, bytes },
  });
};

/** The bucket in which rows wait for COPY: gzip JSON lines in parts, and a manifest that lists them. */
export class RedshiftStaging {
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #s3: Pick<S3Client, 'send'>;

  /** @param prefix under which the feed's loads are staged, ending in `/` */
  constructor(bucket: string, prefix: string, s3: Pick<S3Client, 'send'>) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#s3 = s3;
  }

  /**
   * Every attempt has a folder of its own; one that fails leaves nothing.
   * @throws LOAD_INVALID, RECONCILIATION_BROKEN, and what the rows themselves throw
   */
  async put(load: Load): Promise<StagedFiles> {
    const prefix = `${this.#prefix}${labelOf(load.table)}/${randomBytes(8).toString('hex')}/`;
    const keys: string[] = [];
    try {
      const counts = await this.#putParts(load, prefix, keys);
      assertExpected(load, counts.rows);
      const manifest = `${prefix}manifest.json`;
      const entries = keys.map((key) => ({ url: this.#url(key), mandatory: true }));
      await this.#putObject(manifest, JSON.stringify({ entries }), keys);
      return { load, ...counts, manifestUrl: this.#url(manifest), folder: this.#url(prefix), keys };
    } catch (error) {
      await this.remove(keys);
      throw error;
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#s3.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
    }
  }

  async #putParts(load: Load, prefix: string, keys: string[]) {
    const names = Object.keys(load.table.columns);
    const values = names.map(() => 0);
    let rows = 0;
    let lines: string[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      const key = `${prefix}part-${String(keys.length).padStart(5, '0')}.json.gz`;
      await this.#putObject(key, await compress(lines.join('')), keys);
      lines = [];
      bytes = 0;
    };
    const check = rowCheckOf(load);
    for await (const cells of load.rows) {
      const row = check(cells);
      rows += 1;
      row.forEach((cell, index) => {
        if (cell !== null) values[index] = (values[index] ?? 0) + 1;
      });
      const line = jsonLine(names, row, rows);
      assertSize(load, line, rows);
      lines.push(line);
      bytes += line.length;
      if (bytes >= PART_BYTES) await flush();
    }
    if (lines.length > 0 || keys.length === 0) await flush();
    return { rows, values: Object.fromEntries(names.map((name, index) => [name, values[index] ?? 0])) };
  }

  async #putObject(key: string, body: string | Buffer, keys: string[]): Promise<void> {
    keys.push(key);
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body }));
  }

  #url(key: string): string {
    return `s3://${this.#bucket}/${key}`;
  }
}
