import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CsvScanner } from '../../../etl/freewheel/csv-scanner.ts';

interface Seen {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly faults: readonly string[];
  readonly count: number;
}

const unquoted = (field: string): string =>
  field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;

/** Scans in pieces that end at the given offsets. `wanted` is the empty string: every row is handed over. */
const scan = (bytes: Buffer, cuts: readonly number[] = [], maxRowBytes?: number): Seen => {
  const header: string[] = [];
  const rows: string[][] = [];
  const faults: string[] = [];
  const fieldsOf = (all: Buffer, offsets: Int32Array, count: number): string[] =>
    Array.from({ length: count }, (_, k) => unquoted(all.toString('utf8', offsets[k], offsets[k + 1]! - 1)));
  const scanner = new CsvScanner(
    ',',
    {
      header: (all, offsets, count) => void header.push(...fieldsOf(all, offsets, count)),
      row: (all, offsets, count) => void rows.push(fieldsOf(all, offsets, count)),
      fault: (fault, row) => void faults.push(`${row} ${fault}`),
    },
    maxRowBytes,
  );
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    scanner.push(Buffer.from(bytes.subarray(from, cut)));
    from = Math.max(from, cut);
  }
  scanner.end();
  return { header, rows, faults, count: scanner.rows };
};

const quotedOf = (value: string): string => `"${value.replaceAll('"', '""')}"`;
const field = fc.oneof(
  fc.stringMatching(/^[a-z0-9 ]{0,6}$/),
  fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', 'é', ' '), maxLength: 8 }).map(quotedOf),
);
const document = fc
  .record({
    rows: fc.array(fc.array(field, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    mark: fc.boolean(),
    closed: fc.boolean(),
  })
  .map(({ rows, lineEnd, mark, closed }) =>
    Buffer.from(
      (mark ? '\ufeff' : '') + rows.map((fields) => fields.join(',')).join(lineEnd) + (closed ? lineEnd : ''),
    ),
  );

const parseAll = (bytes: Buffer): string[][] =>
  parse(bytes, {
    bom: true,
    relax_column_count: true,
    record_delimiter: ['\n', '\r\n'],
    skip_empty_lines: true,
  });

describe('the CSV scanner', () => {
  test('sees what an independent parser sees', () => {
    fc.assert(
      fc.property(document, (bytes) => {
        const [header, ...rows] = parseAll(bytes);
        const seen = scan(bytes);
        expect(seen.header).toEqual(header);
        expect(seen.rows).toEqual(rows);
        expect(seen.faults).toEqual([]);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('sees the same wherever the pieces end', () => {
    const rows = 'a,"b ""c"", d\r\nnext",e\r\n\r\n"x","y\nz"\n1,2,3,4,"5"\nlast,"no end of line"';
    const bytes = Buffer.from(`\ufeffh1,"h2",h3\r\n${rows}`);
    const whole = scan(bytes);
    expect(whole.rows).toHaveLength(4);
    for (let cut = 0; cut <= bytes.length; cut++) expect(scan(bytes, [cut])).toEqual(whole);
    expect(scan(bytes, [...bytes.keys()])).toEqual(whole);
  });

  test('sees the same in random pieces, also of malformed bytes', () => {
    const rubbish = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\ufeff'), maxLength: 60 });
    fc.assert(
      fc.property(rubbish, fc.array(fc.nat(80), { maxLength: 6 }), (text, cuts) => {
        const bytes = Buffer.from(`h1,h2\n${text}`);
        const sorted = cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b);
        expect(scan(bytes, sorted, 20)).toEqual(scan(bytes, [], 20));
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  test('hands over only rows that hold the wanted text or have the wrong number of fields', () => {
    const seen: number[] = [];
    const scanner = new CsvScanner('slot', {
      header: () => undefined,
      row: (_bytes, _fields, _count, row) => void seen.push(row),
      fault: () => undefined,
    });
    scanner.push(Buffer.from('a,b\n1,x\n2,a slot\n3,x,long\nshort\n5,"x,y"\n6,"a, slot"\n'));
    scanner.end();
    expect(seen).toEqual([2, 3, 4, 6]);
    expect(scanner.rows).toBe(6);
  });

  test('a bad quote costs its own row and no other', () => {
    const { rows, faults, count } = scan(
      Buffer.from('a,b\n1,"open\n2,"fine"\n3,"bad"x\n4,in"ner\n5,"never closed\n'),
    );
    expect(faults).toEqual(['1 bad-quote', '3 bad-quote', '5 bad-quote']);
    expect(rows).toEqual([
      ['2', 'fine'],
      ['4', 'in"ner'],
    ]);
    expect(count).toBe(5);
  });

  test('a row beyond the limit costs its own row and no other', () => {
    const bytes = Buffer.from(
      `a,b\n1,${'x'.repeat(40)}\n2,y\n3,"${'x'.repeat(10)}\n${'x'.repeat(20)}"\n4,z\n`,
    );
    const { rows, faults } = scan(bytes, [9, 12], 24);
    expect(faults).toEqual(['1 row-too-long', '3 bad-quote']);
    expect(rows).toEqual([['2', 'y'], [`${'x'.repeat(20)}"`], ['4', 'z']]);
  });

  test('counts the fields of rows of every length', () => {
    for (const fields of [2, 3, 127, 128, 600, 3000]) {
      const row = Array.from({ length: fields }, (_, k) => String(k % 10)).join(',');
      expect(scan(Buffer.from(`${row}\n${row}\n`)).rows[0]).toHaveLength(fields);
    }
  });
});
