import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonObjects, type Found, type Reading } from '../../../etl/mediatailor/json-objects.ts';

type Json = Readonly<Record<string, unknown>>;

/** Knows objects that have an `n`. */
const read = (bytes: Buffer): Reading<Json> => {
  try {
    const value = JSON.parse(bytes.toString()) as Json;
    return 'n' in value ? { kind: 'value', value } : { kind: 'unknown' };
  } catch {
    return { kind: 'malformed', why: 'it is not JSON' };
  }
};

const inPieces = (bytes: Buffer, size: number): AsyncIterable<Buffer> => ({
  async *[Symbol.asyncIterator]() {
    for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
  },
});

const find = async (text: string | Buffer, size = 7): Promise<Found<Json>[]> => {
  const found: Found<Json>[] = [];
  for await (const one of jsonObjects(inPieces(Buffer.from(text), size), read)) found.push(one);
  return found;
};

const kinds = (found: readonly Found<Json>[]) =>
  found.map(({ kind, offset, bytes }) => [kind, offset, bytes]);

test('objects back to back, with space between, and a byte-order mark in front', async () => {
  const found = await find('\ufeff{"n":1}{"n":{"a":[{}]}}\r\n \t{"n":"}{"}\n');
  expect(found.map((one) => one.kind === 'value' && one.value)).toEqual([
    { n: 1 },
    { n: { a: [{}] } },
    { n: '}{' },
  ]);
  expect(found[0]).toMatchObject({ offset: 3, bytes: 7 });
});

test('any objects, cut into any pieces, come back as they went in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.json(), fc.constantFrom('', '\n', ' \r\n'))),
      fc.integer({ min: 1, max: 40 }),
      async (parts, size) => {
        const text = parts.map(([json, space]) => `{"n":${json}}${space}`).join('');
        const found = await find(text, size);
        expect(found.map((one) => one.kind === 'value' && one.value)).toEqual(
          parts.map(([json]) => ({ n: JSON.parse(json) as unknown })),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('cutting an object anywhere costs no other one', async () => {
  const broken = '{"n":1,"s":"a{\\"n\\":9}","list":[{"a":1},{"b":"c"}]}';
  for (let end = 1; end < broken.length; end++) {
    const piece = broken.slice(0, end);
    const found = await find(`{"n":1}${piece}{"n":2}{"n":3}`);
    expect(kinds(found)).toEqual([
      ['value', 0, 7],
      ['damaged', 7, end],
      ['value', 7 + end, 7],
      ['value', 14 + end, 7],
    ]);
  }
});

test('changing any byte loses at most the object it lies in', async () => {
  const objects = ['{"n":1,"s":"x"}', '{"n":[2,{"a":"b"}]}', '{"n":"\\u00e9 \\" }"}'];
  const text = Buffer.from(objects.join(''));
  for (let at = 0; at < text.length; at++) {
    for (const byte of [0, 0x22, 0x5b, 0x7b, 0x7d, 0x5c]) {
      const spoiled = Buffer.from(text);
      spoiled[at] = byte;
      const found = await find(spoiled, 64);
      const hit = at < 15 ? 0 : at < 34 ? 1 : 2;
      const offsets = [0, 15, 34].filter((_, index) => index !== hit);
      for (const offset of offsets) {
        expect(found).toContainEqual(expect.objectContaining({ kind: 'value', offset }));
      }
      const covered = found.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(covered).toBe(text.length);
    }
  }
});

describe('what is not an object', () => {
  test('rubbish before, between and behind is told with its place', async () => {
    expect(kinds(await find('rubbish{"n":1}\u0000\u0001 {"n":2}\ntail'))).toEqual([
      ['damaged', 0, 7],
      ['value', 7, 7],
      ['damaged', 14, 3],
      ['value', 17, 7],
      ['damaged', 25, 4],
    ]);
  });

  test('an object that the reader does not know is told, and is no damage', async () => {
    expect(kinds(await find('{"m":1}{"n":2}'))).toEqual([
      ['unknown', 0, 7],
      ['value', 7, 7],
    ]);
  });

  test('an object that never ends does not hide those behind it', async () => {
    const endless = Buffer.from(`{"n":"${'x'.repeat(17 << 20)}`);
    const found = await find(Buffer.concat([endless, Buffer.from('{"n":2}{"n":3}')]), 1 << 20);
    expect(kinds(found)).toEqual([
      ['damaged', 0, endless.length],
      ['value', endless.length, 7],
      ['value', endless.length + 7, 7],
    ]);
  });

  test('brackets deeper than any event are damage, not an overflow', async () => {
    const found = await find(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}{"n":1}`, 4096);
    expect(found.at(-1)).toMatchObject({ kind: 'value', value: { n: 1 } });
    expect(found[0]).toMatchObject({ kind: 'damaged', offset: 0 });
  });
});
