import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CsvScanner, type CsvRow } from '../../../etl/cms-lite/csv-scanner.ts';
import { textBlocks } from '../../../etl/cms-lite/text-blocks.ts';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

const rowsOf = async (
  bytes: Buffer | string,
  options: {
    readonly size?: number;
    readonly delim?: string;
    readonly encoding?: 'utf-8' | 'utf-16';
    readonly stripQuotes?: boolean;
  } = {},
): Promise<readonly CsvRow[]> => {
  const { size = 7, delim = ',', encoding = 'utf-8', stripQuotes = false } = options;
  const scanner = new CsvScanner(delim, stripQuotes);
  const rows: CsvRow[] = [];
  for await (const block of textBlocks(chunksOf(Buffer.from(bytes), size), encoding, 'a.csv'))
    rows.push(...scanner.push(block));
  rows.push(...scanner.push({ text: '', isDamaged: false }, true));
  return rows;
};

const field = fc.string({
  unit: fc.constantFrom('a', 'é', '健', '😀', '"', ',', '|', '\n', '\r', ' ', '\\'),
});

describe('CSV', () => {
  test('comes back as it was written, in whatever pieces it comes', async () => {
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 8 });
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const write = (text: string): string => (/[",\r\n|]/u.test(text) ? quote(text) : text);
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(',', '|'),
        async (table, size, delim) => {
          const text = table.map((row) => row.map(write).join(delim)).join('\r\n');
          expect(await rowsOf(text, { size, delim })).toEqual(table);
        },
      ),
    );
  });

  test('with a byte order mark, CRLF, blank lines and no line end at its end', async () => {
    expect(await rowsOf('\ufeffa,b\r\n\r\n\n1,2\r\n3,')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', ''],
    ]);
  });

  test('with quotes that are none goes on at the next line', async () => {
    expect(await rowsOf('"a"b,1\nc,2\n"d,3\ne,4')).toEqual([
      'bad-quote',
      ['c', '2'],
      'bad-quote',
      ['e', '4'],
    ]);
    expect(await rowsOf('5" pipe,x\n')).toEqual([['5" pipe', 'x']]);
  });

  test('whose quotes are no syntax loses them', async () => {
    expect(await rowsOf('"a","b"\n"c"d,"\n', { stripQuotes: true })).toEqual([
      ['a', 'b'],
      ['cd', ''],
    ]);
  });

  test.each(['utf16le', 'utf-16be'])('in %s', async (encoding) => {
    const bytes = Buffer.from('\ufeffa,é😀\n1,2\n', 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    expect(await rowsOf(bytes, { encoding: 'utf-16', size: 3 })).toEqual([
      ['a', 'é😀'],
      ['1', '2'],
    ]);
  });

  test('with bytes that are no text loses that row alone', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a,b\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('c\ufffd,d\n'),
    ]);
    expect(await rowsOf(bytes, { size: 4 })).toEqual([['a', 'b'], 'not-text', ['c\ufffd', 'd']]);
  });

  test('that never ends its line is no CSV', async () => {
    await expect(rowsOf(Buffer.alloc(9 << 20, 'x'), { size: 1 << 20 })).rejects.toMatchObject({
      code: 'NO_LINES',
    });
  });
});
