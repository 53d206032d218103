import { join } from 'node:path';
import { fileFault } from '../runtime/file-faults.ts';
import { LineFile } from '../runtime/line-file.ts';
import type { RejectedRows } from '../runtime/rejected-rows.ts';
import type { UnitResult } from '../runtime/stage.ts';
import { archiveMembers, type Member } from './archive.ts';
import { batchLine } from './batch-file.ts';
import { CsvScanner, type CsvRow, type RowFault } from './csv-scanner.ts';
import type { FileSpec } from './file-spec.ts';
import { LookupFiles, type LookupFile } from './lookup-files.ts';
import { RowShape, type RowRejection } from './row-shape.ts';
import { textBlocks } from './text-blocks.ts';

const FAULTS: Readonly<Record<RowFault, string>> = {
  'bad-quote': 'A quote does not end, or is followed by something else.',
  'nul-character': 'The row holds a NUL character.',
  'not-text': 'The row holds bytes that are no text in the encoding of the file.',
};

export interface ReadingTerms {
  /** Empty, for files of rows. */
  readonly folder: string;
  readonly rejections: RejectedRows;
  readonly signal: AbortSignal;
}

/** What was made of one file of an archive. */
export interface ReadFile {
  /** File of rows, on this machine. */
  readonly path: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
}

const counted = (counts: Record<string, number>, reason: string): void => {
  counts[reason] = (counts[reason] ?? 0) + 1;
};

/** Reads one archive: all of its files, or none counts. */
export class ArchiveReading {
  readonly files = new Map<string, ReadFile>();
  /** Tables of the columns of several values. */
  readonly lookups: LookupFile[] = [];
  readonly #archive: string;
  readonly #specs: ReadonlyMap<string, FileSpec>;
  readonly #terms: ReadingTerms;
  readonly #rejected: Record<string, number> = {};
  readonly #dropped: Record<string, number> = {};
  #open: readonly (LineFile | LookupFiles)[] = [];

  constructor(archive: string, specs: readonly FileSpec[], terms: ReadingTerms) {
    this.#archive = archive;
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#terms = terms;
  }

  get result(): UnitResult {
    const sum = (of: (file: ReadFile) => number): number =>
      [...this.files.values()].reduce((all, file) => all + of(file), 0);
    return {
      rowsIn: sum(({ rowsIn }) => rowsIn),
      rowsOut: sum(({ rowsOut }) => rowsOut),
      rejected: this.#rejected,
      dropped: this.#dropped,
    };
  }

  /**
   * @param bytes of the tar archive
   * Errors, besides those of the bytes and of `archiveMembers`: UNKNOWN_MEMBER, DUPLICATE_MEMBER, MISSING_MEMBER,
   * EMPTY_FILE, NO_ROWS, TOO_FEW_COLUMNS, DUPLICATE_COLUMN, NO_LINES, TOO_MANY_VALUES
   */
  async read(bytes: AsyncIterable<Buffer>): Promise<void> {
    for await (const member of archiveMembers(this.#archive, bytes)) {
      const [key = ''] = member.name.split('.', 1);
      const spec = this.#specs.get(key);
      if (spec === undefined)
        throw fileFault(
          'UNKNOWN_MEMBER',
          this.#archive,
          `has a file that nobody expects: ${JSON.stringify(member.name)}`,
        );
      if (this.files.has(key))
        throw fileFault('DUPLICATE_MEMBER', this.#archive, `has two files for the table ${spec.table.name}`);
      this.files.set(key, await this.#readMember(member, spec));
    }
    const missing = [...this.#specs.keys()].filter((key) => !this.files.has(key));
    if (missing.length > 0) throw fileFault('MISSING_MEMBER', this.#archive, `lacks ${missing.join(', ')}`);
  }

  /** Ends whatever is unfinished. */
  async discard(): Promise<void> {
    for (const open of this.#open) await open.discard();
  }

  async #readMember({ name, bytes }: Member, spec: FileSpec): Promise<ReadFile> {
    const file = `${this.#archive}: ${name}`;
    const batch = LineFile.plain(join(this.#terms.folder, `${this.files.size}.csv`));
    batch.add(batchLine(Object.keys(spec.table.columns)));
    const lookups = new LookupFiles(file, spec, this.#terms.folder);
    this.#open = [batch, lookups];
    const scanner = new CsvScanner(spec.delim, spec.stripQuotes);
    let shape: RowShape | undefined;
    let rowsIn = 0;
    const take = async (rows: readonly CsvRow[]): Promise<void> => {
      this.#terms.signal.throwIfAborted();
      for (const row of rows) {
        if (shape === undefined) {
          if (typeof row === 'string')
            throw fileFault('NO_HEADER', file, `has a header that is no CSV: ${FAULTS[row]}`);
          shape = new RowShape(file, spec, row);
          lookups.begin(row);
          if (spec.hasHeader) continue;
        }
        rowsIn += 1;
        const rejection = this.#takeRow(row, shape, { batch, lookups });
        if (rejection === undefined) continue;
        counted(this.#rejected, rejection.reason);
        await this.#terms.rejections.add([{ member: name, row: rowsIn, ...rejection }]);
      }
      await batch.flush();
      await lookups.flush();
    };
    let isEmpty = true;
    for await (const block of textBlocks(bytes, spec.encoding, file)) {
      isEmpty = false;
      await take(scanner.push(block));
    }
    await take(scanner.push({ text: '', isDamaged: false }, true));
    if (isEmpty && !spec.mayBeEmpty) throw fileFault('EMPTY_FILE', file, 'holds nothing');
    if (shape === undefined && !isEmpty) throw fileFault('NO_HEADER', file, 'has no header and no row');
    const rowsOut = batch.lines - 1;
    if (rowsOut === 0 && !spec.mayLackRows)
      throw fileFault('NO_ROWS', file, 'has no row that can be used, and would leave its table empty');
    this.lookups.push(...(await lookups.end()));
    return { path: await batch.end(), rowsIn, rowsOut };
  }

  #takeRow(
    row: CsvRow,
    shape: RowShape,
    { batch, lookups }: { readonly batch: LineFile; readonly lookups: LookupFiles },
  ): RowRejection | undefined {
    if (typeof row === 'string') return { reason: row, detail: FAULTS[row] };
    if (shape.isHeader(row)) {
      counted(this.#dropped, 'repeated-header');
      return undefined;
    }
    const cells = shape.shape(row);
    if (!Array.isArray(cells)) return cells as RowRejection;
    const rejection = lookups.add(row);
    if (rejection === undefined) batch.add(batchLine(cells as readonly string[]));
    return rejection;
  }
}
