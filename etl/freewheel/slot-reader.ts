import type { RejectedRow } from '../runtime/quarantine.ts';
import { CsvScanner, type RowFault, type RowSink } from './csv-scanner.ts';
import { fileFault } from '../runtime/file-faults.ts';
import {
  AMPLIFIER,
  CLASS,
  EVENT_NAME,
  IDS,
  NEEDED,
  NUMBERS,
  OPTIONAL_ID,
  SLOT_EVENT,
  TRANSACTION_ID,
} from './slot-columns.ts';
import { checkedText, SlotLines, textOf, type FieldFault } from './slot-fields.ts';

const QUOTE = 34;
const SHOWN_CHARACTERS = 200;
const REMEMBERED_CLASSES = 1000;

type Reason = RowFault | FieldFault | 'short-row' | 'long-row';

const WORDS: Readonly<Record<FieldFault, string>> = {
  'empty-number': 'is empty',
  'empty-transaction-id': 'is empty',
  'not-a-whole-number': 'is not a whole number of at least 0',
  'number-too-large': 'has more than 15 digits',
  'invalid-utf8': 'is not UTF-8',
  'control-character': 'holds a control character',
  'field-too-long': 'is longer than 256 bytes',
};

const slotEvent = Buffer.from(SLOT_EVENT);

/** Reads one log: slots leave as CSV lines as `sql/store-slots.sql` takes them, all else is counted. */
export class SlotReader implements RowSink {
  /** Lines of slots that wait to be stored. */
  readonly lines = new SlotLines();
  /** Rejected rows that wait to be stored. */
  rejectedRows: RejectedRow[] = [];
  slots = 0;
  rejected = 0;
  #otherEvents = 0;
  /** A slot's row says that the log is a sample. */
  isSampled = false;
  readonly rejectedByReason: Record<string, number> = {};
  /** Rejected slot rows by class, as far as it can be told. */
  readonly rejectedByClass: Record<string, number> = {};
  readonly #file: string;
  readonly #scanner = new CsvScanner(SLOT_EVENT, this);
  readonly #classes = new Map<string, ReturnType<typeof checkedText>>();
  #columns: readonly string[] = [];
  #fault: FieldFault = 'empty-number';
  #event = -1;
  #transaction = -1;
  #class = -1;
  #amplifier = -1;
  #numbers: readonly number[] = [];
  #ids: readonly number[] = [];

  /** @param file its name, for messages */
  constructor(file: string) {
    this.#file = file;
  }

  /** Data rows of every event. */
  get rows(): number {
    return this.#scanner.rows;
  }

  /** Rows of other events than slots, counted where they are met. */
  get others(): number {
    return this.#scanner.passed + this.#otherEvents;
  }

  /** @throws MISSING_COLUMN, DUPLICATE_COLUMN */
  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  /** @throws MISSING_COLUMN, DUPLICATE_COLUMN, EMPTY_FILE when there was no header */
  end(): void {
    this.#scanner.end();
    if (this.#columns.length === 0) throw fileFault('EMPTY_FILE', this.#file, 'has no header');
  }

  header(bytes: Buffer, fields: Int32Array, count: number): void {
    this.#columns = Array.from({ length: count }, (_, k) => fieldText(bytes, fields, k).trim());
    const columns = this.#columns;
    const lacking = NEEDED.filter((name) => !columns.includes(name));
    if (lacking.length > 0) {
      throw fileFault('MISSING_COLUMN', this.#file, `has no column ${lacking.join(', ')}`);
    }
    const doubled = [...NEEDED, OPTIONAL_ID].filter(
      (name) => columns.indexOf(name) !== columns.lastIndexOf(name),
    );
    if (doubled.length > 0) {
      throw fileFault('DUPLICATE_COLUMN', this.#file, `has the column ${doubled.join(', ')} more than once`);
    }
    this.#event = columns.indexOf(EVENT_NAME);
    this.#transaction = columns.indexOf(TRANSACTION_ID);
    this.#class = columns.indexOf(CLASS);
    this.#amplifier = columns.indexOf(AMPLIFIER);
    this.#numbers = NUMBERS.map((name) => columns.indexOf(name));
    this.#ids = IDS.map((name) => columns.indexOf(name));
  }

  row(bytes: Buffer, fields: Int32Array, count: number, row: number): void {
    const isSlot = this.#event < count && this.#isSlotEvent(bytes, fields);
    const expected = this.#columns.length;
    if (count !== expected) {
      const detail = `The row has ${count} fields, the header ${expected}.`;
      this.#reject(row, count < expected ? 'short-row' : 'long-row', detail, {
        bytes,
        fields,
        count,
        isSlot,
      });
    } else if (isSlot) this.#slot(bytes, fields, row);
    else this.#otherEvents++;
  }

  fault(fault: RowFault, row: number): void {
    const detail =
      fault === 'bad-quote'
        ? 'A quote in the row is not closed, or is followed by something other than a comma.'
        : 'The row is longer than 1 MiB.';
    this.#reject(row, fault, detail);
  }

  #slot(bytes: Buffer, fields: Int32Array, row: number): void {
    const mark = this.lines.length;
    const column = this.#writeSlot(bytes, fields);
    if (column !== undefined) {
      this.lines.cut(mark);
      const value = JSON.stringify(shown(fieldText(bytes, fields, column)));
      const detail = `${this.#columns[column] ?? ''} ${WORDS[this.#fault]}: ${value}`;
      this.#reject(row, this.#fault, detail, { bytes, fields, count: this.#columns.length, isSlot: true });
      return;
    }
    this.slots++;
    if (this.#amplifier >= 0 && !this.isSampled) {
      this.isSampled = !/^(1(\.0*)?)?$/.test(fieldText(bytes, fields, this.#amplifier).trim());
    }
  }

  /** @returns the column that can't be used, its fault in #fault */
  #writeSlot(bytes: Buffer, fields: Int32Array): number | undefined {
    const { lines } = this;
    const transaction = this.#transaction;
    const fault = lines.transaction(bytes, start(fields, transaction), end(fields, transaction));
    if (fault !== undefined) return this.#refuse(transaction, fault);
    lines.end(',');
    const breakClass = this.#classOf(bytes, start(fields, this.#class), end(fields, this.#class));
    if ('fault' in breakClass) return this.#refuse(this.#class, breakClass.fault);
    lines.text(breakClass.text);
    for (const column of this.#numbers) {
      lines.end(',');
      const wrong = lines.number(bytes, start(fields, column), end(fields, column));
      if (wrong !== undefined) return this.#refuse(column, wrong);
    }
    for (const column of this.#ids) {
      lines.end(',');
      if (column < 0) lines.unknown();
      else {
        const wrong = lines.id(bytes, start(fields, column), end(fields, column));
        if (wrong !== undefined) return this.#refuse(column, wrong);
      }
    }
    lines.end('\n');
    return undefined;
  }

  #refuse(column: number, fault: FieldFault): number {
    this.#fault = fault;
    return column;
  }

  #isSlotEvent(bytes: Buffer, fields: Int32Array): boolean {
    const from = start(fields, this.#event);
    const to = end(fields, this.#event);
    if (bytes[from] === QUOTE) return textOf(bytes, from, to) === SLOT_EVENT;
    return to - from === slotEvent.length && slotEvent.compare(bytes, from, to) === 0;
  }

  /** Trimmed and in lower case. */
  #classOf(bytes: Buffer, from: number, to: number): ReturnType<typeof checkedText> {
    const raw = bytes.toString('latin1', from, to);
    const known = this.#classes.get(raw);
    if (known !== undefined) return known;
    const checked = checkedText(bytes, from, to);
    const breakClass = 'fault' in checked ? checked : { text: checked.text.trim().toLowerCase() };
    if (this.#classes.size < REMEMBERED_CLASSES) this.#classes.set(raw, breakClass);
    return breakClass;
  }

  #reject(
    row: number,
    reason: Reason,
    detail: string,
    at?: {
      readonly bytes: Buffer;
      readonly fields: Int32Array;
      readonly count: number;
      readonly isSlot: boolean;
    },
  ): void {
    this.rejected++;
    this.rejectedByReason[reason] = (this.rejectedByReason[reason] ?? 0) + 1;
    const seen: Record<string, string> = {};
    if (at !== undefined) {
      for (const name of NEEDED) {
        const column = this.#columns.indexOf(name);
        if (column < at.count) seen[name] = shown(fieldText(at.bytes, at.fields, column));
      }
      const breakClass = seen[CLASS]?.trim().toLowerCase();
      if (at.isSlot && breakClass !== undefined) {
        this.rejectedByClass[breakClass] = (this.rejectedByClass[breakClass] ?? 0) + 1;
      }
    }
    this.rejectedRows.push({ row, reason, detail, ...(at && { fields: seen }) });
  }
}

const start = (fields: Int32Array, column: number): number => fields[column] as number;
const end = (fields: Int32Array, column: number): number => (fields[column + 1] as number) - 1;
const fieldText = (bytes: Buffer, fields: Int32Array, column: number): string =>
  textOf(bytes, start(fields, column), end(fields, column));
const shown = (value: string): string =>
  value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value;
