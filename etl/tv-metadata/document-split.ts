import { join } from 'node:path';
import { fileFault } from '../runtime/file-faults.ts';
import { LineFile } from '../runtime/line-file.ts';
import { RejectedRows, type Rejections } from '../runtime/rejected-rows.ts';
import type { RejectedRow } from '../runtime/quarantine.ts';
import type { UtcDate } from '../runtime/stage.ts';
import { DocumentScanner } from './document-scanner.ts';
import { ElementReader, type ElementResult } from './element-reader.ts';
import { IdSet } from './id-set.ts';
import type { TvMetadataParams } from './params.ts';
import { repaired } from './repair.ts';
import type { Damage, ScannerEvents } from './scanner-events.ts';
import { ARRAYS, isArrayName, REFERENCES, type ArrayName } from './tables.ts';

/** Bytes that are scanned before what came of them is written. */
const STEP = 1 << 17;
const MOST_TEXT = 2000;
const MOST_MEMBERS = 100;

/** What a document came to. */
export interface SplitCounts {
  rowsIn: number;
  repairedElements: number;
  bytesLost: number;
  readonly rejected: Record<string, number>;
  readonly dropped: Record<string, number>;
  /** First-level keys in the order of the document; elements of each array. */
  readonly members: Map<string, number>;
}

export interface DocumentToSplit {
  readonly name: string;
  readonly region: string;
  readonly date: UtcDate;
  readonly params: Pick<TvMetadataParams, 'sentinels' | 'repair' | 'maxRepairs'>;
  /** Folder for this document's files. */
  readonly folder: string;
}

const more = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

const byArray = <T>(make: (array: ArrayName) => T): Readonly<Record<ArrayName, T>> =>
  Object.fromEntries(ARRAYS.map((array) => [array, make(array)])) as Record<ArrayName, T>;

/** Splits one document into a file of rows for each table. Memory does not grow with the document. */
export class DocumentSplit implements ScannerEvents {
  readonly counts: SplitCounts = {
    ...{ rowsIn: 0, repairedElements: 0, bytesLost: 0 },
    ...{ rejected: {}, dropped: {}, members: new Map() },
  };
  readonly files: Readonly<Record<ArrayName, LineFile>>;
  readonly readers: Readonly<Record<ArrayName, ElementReader>>;
  readonly #document: DocumentToSplit;
  readonly #scanner = new DocumentScanner(this);
  readonly #ids = byArray(() => new IdSet());
  readonly #referred = REFERENCES.map(() => new IdSet());
  readonly #ordinals = byArray(() => ({ last: 0 }));
  readonly #suffix: string;
  readonly #quarantine: RejectedRows;
  #rejections: RejectedRow[] = [];

  constructor(document: DocumentToSplit) {
    this.#document = document;
    this.files = byArray((array) => LineFile.gzip(join(document.folder, `${array}.ndjson.gz`)));
    this.readers = byArray((array) => new ElementReader(array, document.params));
    const { date, region } = document;
    this.#suffix = `"ingest_time":"${date} 00:00:00.000","region":${JSON.stringify(region)},"ordinal":`;
    this.#quarantine = new RejectedRows(document.name, join(document.folder, 'rejected.jsonl.gz'));
  }

  /**
   * Reads the document to its end and completes the files.
   * @throws DOCUMENT_TRUNCATED, NOT_TV_METADATA, TOO_MANY_REPAIRS
   */
  async run(chunks: AsyncIterable<Buffer>, signal: AbortSignal): Promise<Rejections> {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      for (let at = 0; at < chunk.length; at += STEP) {
        this.#scanner.push(chunk.subarray(at, at + STEP));
        await this.#flush();
      }
    }
    const isClosed = this.#scanner.end();
    const { name } = this.#document;
    if (!ARRAYS.some((array) => this.counts.members.has(array)))
      throw fileFault('NOT_TV_METADATA', name, `has none of the arrays ${ARRAYS.join(', ')}`);
    if (!isClosed) throw fileFault('DOCUMENT_TRUNCATED', name, 'ends before its last bracket');
    await this.#flush();
    for (const array of ARRAYS) await this.files[array].end();
    return this.#quarantine.end();
  }

  async discard(): Promise<void> {
    for (const array of ARRAYS) await this.files[array].discard();
    this.#quarantine.discard();
  }

  /** Rows whose parent is not in the document, by reference; empty references are none. */
  orphans(): readonly (number | undefined)[] {
    return REFERENCES.map(({ to }, index) => this.#referred[index]?.countMissingIn(this.#ids[to]));
  }

  member(name: string): void {
    const { members } = this.counts;
    if (members.size < MOST_MEMBERS || members.has(name)) members.set(name, members.get(name) ?? 0);
  }

  element(array: string, bytes: Buffer, offset: number): void {
    const { counts } = this;
    counts.rowsIn += 1;
    const seen = counts.members.get(array);
    if (seen !== undefined) counts.members.set(array, seen + 1);
    if (!isArrayName(array)) more(counts.dropped, 'unknown-array');
    else this.#read(array, bytes, offset);
  }

  damage(damage: Damage): void {
    const { counts } = this;
    const { array, bytes, offset, reason, detail } = damage;
    if (array !== undefined && isArrayName(array) && reason === 'damaged' && damage.isWhole) {
      const mended = this.#repaired(bytes);
      if (mended === '') return;
      if (mended !== undefined) {
        counts.rowsIn += 1;
        this.#keep(array, this.readers[array].read(Buffer.from(mended), this.#next(array)), bytes, offset);
        return;
      }
    }
    counts.rowsIn += 1;
    counts.bytesLost += damage.length;
    this.#reject(
      reason,
      `${array ?? 'between arrays'}: ${detail}; ${damage.length} bytes are lost`,
      bytes,
      offset,
    );
  }

  isField(array: string, key: string): boolean {
    return !isArrayName(array) || this.readers[array].isField(key);
  }

  isArray(name: string): boolean {
    return isArrayName(name);
  }

  #read(array: ArrayName, bytes: Buffer, offset: number): void {
    const last = this.#next(array);
    if (bytes.length === 4 && bytes.toString('latin1') === 'null') {
      more(this.counts.dropped, 'null-element');
      return;
    }
    const result = this.readers[array].read(bytes, last);
    const isBroken = 'reason' in result && result.reason === 'bad-json';
    const mended = isBroken ? this.#repaired(bytes) : undefined;
    const final =
      mended === undefined || mended === '' ? result : this.readers[array].read(Buffer.from(mended), last);
    this.#keep(array, final, bytes, offset);
  }

  /** The members that the next row of a table ends with. */
  #next(array: ArrayName): string {
    return `${this.#suffix}${(this.#ordinals[array].last += 1)}`;
  }

  #keep(array: ArrayName, result: ElementResult, bytes: Buffer, offset: number): void {
    this.#assertFewRepairs();
    if ('reason' in result) {
      this.#reject(result.reason, `${array}, byte ${offset}: ${result.detail}`, bytes, offset);
      return;
    }
    if (result.id !== undefined && this.#ids[array].add(result.id) > 0) {
      more(this.counts.dropped, 'repeated-id');
      return;
    }
    let at = 0;
    for (const [index, { from }] of REFERENCES.entries()) {
      if (from !== array) continue;
      const id = result.references[at++] ?? '';
      if (id !== '') this.#referred[index]?.add(id);
    }
    this.files[array].add(result.line);
  }

  #repaired(bytes: Buffer): string | undefined {
    if (!this.#document.params.repair) return undefined;
    const mended = repaired(bytes.toString());
    if (mended !== undefined) this.counts.repairedElements += 1;
    return mended;
  }

  /** @throws TOO_MANY_REPAIRS */
  #assertFewRepairs(): void {
    const { maxRepairs, repair } = this.#document.params;
    if (!repair) return;
    const keys = ARRAYS.reduce((sum, array) => sum + this.readers[array].counts.repairedKeys, 0);
    if (this.counts.repairedElements + keys <= maxRepairs) return;
    const why = `needs more than ${maxRepairs} repairs`;
    throw fileFault('TOO_MANY_REPAIRS', this.#document.name, why);
  }

  #reject(reason: string, detail: string, bytes: Buffer, offset: number): void {
    more(this.counts.rejected, reason);
    const text = bytes.toString('utf8', 0, MOST_TEXT);
    this.#rejections.push({
      row: this.counts.rowsIn,
      reason,
      detail,
      fields: { byte: String(offset), text },
    });
  }

  async #flush(): Promise<void> {
    for (const array of ARRAYS) await this.files[array].flush();
    if (this.#rejections.length === 0) return;
    await this.#quarantine.add(this.#rejections);
    this.#rejections = [];
  }
}
