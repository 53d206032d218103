import { describe, expect, test } from '@jest/globals';
import { textLines } from '../../../etl/runtime/text-lines.ts';

const linesIn = async (text: string, chunkBytes: number): Promise<readonly string[]> => {
  const bytes = Buffer.from(text);
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      yield await Promise.resolve(bytes.subarray(at, at + chunkBytes));
    }
  })();
  const lines: string[] = [];
  for await (const some of textLines(chunks)) lines.push(...some);
  return lines;
};

describe('lines of a text', () => {
  test.each([1, 2, 3, 7, 1 << 20])('are the same in chunks of %d bytes', async (chunkBytes) => {
    const text = 'a\n\nä€\u{10ffff}\u2028b\r\nlast';
    expect(await linesIn(`${text}\n`, chunkBytes)).toEqual(text.split('\n'));
    expect(await linesIn(text, chunkBytes)).toEqual(text.split('\n'));
  });

  test('may be longer than the pieces in which a chunk is read', async () => {
    const long = 'ä'.repeat(200_000);
    expect(await linesIn(`x\n${long}\ny\n`, 1 << 20)).toEqual(['x', long, 'y']);
  });

  test('there are none in an empty text', async () => {
    expect(await linesIn('', 1)).toEqual([]);
  });
});
