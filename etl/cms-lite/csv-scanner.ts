import type { TextBlock } from './text-blocks.ts';

/** Why a row can't be told. */
export type RowFault = 'bad-quote' | 'nul-character' | 'not-text';

export type CsvRow = readonly string[] | RowFault;

/** A row within quotes that has not ended by then was never one. */
const MOST_CHARACTERS = 1 << 20;
const QUOTE = '"';
const REPLACEMENT = '\ufffd';

type Quoted = { readonly fields: string[]; readonly end: number } | 'unfinished' | 'malformed';

/**
 * Rows of CSV text as it comes (RFC 4180, with any delimiter, LF and CRLF). Lines without a character are no
 * rows. A quote that is not at the start of a field is a character like others. A row whose quotes do not end,
 * or are followed by something else, is a fault; reading goes on at its next line.
 */
export class CsvScanner {
  readonly #delim: string;
  readonly #stripQuotes: boolean;
  #rest = '';
  #isRestDamaged = false;

  /** @param stripQuotes quotes are no syntax: they are taken out wherever they stand */
  constructor(delim: string, stripQuotes = false) {
    this.#delim = delim;
    this.#stripQuotes = stripQuotes;
  }

  /** @param final no more text comes */
  push({ text, isDamaged }: TextBlock, final = false): readonly CsvRow[] {
    const damaged = isDamaged || this.#isRestDamaged;
    const all = this.#rest + text;
    const end = this.#scan(all, final);
    this.#rest = all.slice(end.at);
    this.#isRestDamaged = damaged && this.#rest !== '';
    if (damaged || all.includes('\0')) return end.rows.map((row) => judged(row, damaged));
    return end.rows;
  }

  #scan(text: string, final: boolean): { readonly rows: readonly CsvRow[]; readonly at: number } {
    const rows: CsvRow[] = [];
    let quote = this.#stripQuotes ? -1 : text.indexOf(QUOTE);
    let at = 0;
    while (at < text.length) {
      let lf = text.indexOf('\n', at);
      if (lf < 0) {
        if (!final) break;
        lf = text.length;
      }
      if (quote >= 0 && quote < at) quote = text.indexOf(QUOTE, at);
      if (quote < 0 || quote > lf) {
        const end = text.charCodeAt(lf - 1) === 13 && lf > at ? lf - 1 : lf;
        if (end > at) rows.push(this.#plain(text.slice(at, end)));
        at = lf + 1;
        continue;
      }
      const row = this.#quoted(text, at, final);
      if (row === 'unfinished' && !final && text.length - at < MOST_CHARACTERS) break;
      if (typeof row === 'string') {
        rows.push('bad-quote');
        at = lf + 1;
      } else {
        rows.push(row.fields);
        at = row.end;
      }
    }
    return { rows, at: Math.min(at, text.length) };
  }

  #plain(line: string): string[] {
    return (this.#stripQuotes ? line.replaceAll(QUOTE, '') : line).split(this.#delim);
  }

  #quoted(text: string, from: number, final: boolean): Quoted {
    const fields: string[] = [];
    let at = from;
    for (;;) {
      if (text[at] === QUOTE) {
        const close = closingQuote(text, at + 1);
        if (close < 0 || (close + 1 === text.length && !final)) return 'unfinished';
        fields.push(text.slice(at + 1, close).replaceAll('""', QUOTE));
        at = close + 1;
      } else {
        const end = this.#fieldEnd(text, at);
        if (end < 0) return 'unfinished';
        fields.push(text.slice(at, end));
        at = end;
      }
      if (at >= text.length) return { fields, end: at };
      if (text[at] === this.#delim) {
        at += 1;
        continue;
      }
      if (text[at] === '\r' && text[at + 1] === '\n') return { fields, end: at + 2 };
      if (text[at] === '\n') return { fields, end: at + 1 };
      return 'malformed';
    }
  }

  /** Where a field without quotes ends: at a delimiter, the end of its line, or that of the text. */
  #fieldEnd(text: string, from: number): number {
    let at = from;
    for (; at < text.length; at++) {
      const char = text[at];
      if (char === this.#delim || char === '\n') return at;
      if (char === '\r' && text[at + 1] === '\n') return at;
    }
    return at;
  }
}

/** @returns offset of the quote that ends a field, -1 when there is none yet */
const closingQuote = (text: string, from: number): number => {
  let close = text.indexOf(QUOTE, from);
  while (close >= 0 && text[close + 1] === QUOTE) close = text.indexOf(QUOTE, close + 2);
  return close;
};

const judged = (row: CsvRow, isDamaged: boolean): CsvRow => {
  if (typeof row === 'string') return row;
  if (row.some((field) => field.includes('\0'))) return 'nul-character';
  return isDamaged && row.some((field) => field.includes(REPLACEMENT)) ? 'not-text' : row;
};
