import { describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { unpacked } from '../../../etl/mediatailor/gzip-layers.ts';

const inPieces = (bytes: Buffer, size: number): AsyncIterable<Buffer> => ({
  async *[Symbol.asyncIterator]() {
    for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
  },
});

const unpack = async (bytes: Buffer, size = 5): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of unpacked('o', inPieces(bytes, size))) pieces.push(piece);
  return Buffer.concat(pieces).toString();
};

const [a, b] = [gzipSync('{"a":1}'), gzipSync('{"b":2}')];

describe('E5: layers of gzip', () => {
  test.each([
    ['one byte', Buffer.from('{'), '{'],
    ['plain bytes', Buffer.from('{"a":1}'), '{"a":1}'],
    ['members in a row', Buffer.concat([a, b, a]), '{"a":1}{"b":2}{"a":1}'],
    ['gzip in gzip', gzipSync(Buffer.concat([a, b])), '{"a":1}{"b":2}'],
    ['members of members', Buffer.concat([gzipSync(a), gzipSync(b)]), '{"a":1}{"b":2}'],
    ['gzip of nothing', gzipSync(''), ''],
    ['three layers', gzipSync(gzipSync(a)), '{"a":1}'],
  ])('%s', async (_what, bytes, text) => {
    for (const size of [1, 5, 1000]) expect(await unpack(bytes, size)).toBe(text);
  });

  test.each([
    ['without a byte', 'EMPTY_FILE', Buffer.alloc(0)],
    ['truncated', 'GZIP_TRUNCATED', a.subarray(0, a.length - 3)],
    ['truncated in the second member', 'GZIP_TRUNCATED', Buffer.concat([a, b.subarray(0, 9)])],
    ['truncated within', 'GZIP_TRUNCATED', gzipSync(a.subarray(0, a.length - 3))],
    ['with a wrong checksum', 'GZIP_DAMAGED', Buffer.from(a).fill(0x55, a.length - 8, a.length - 4)],
    ['followed by rubbish', 'GZIP_DAMAGED', Buffer.concat([a, Buffer.from('rubbish')])],
    ['followed by zeros and another member', 'GZIP_DAMAGED', Buffer.concat([a, Buffer.alloc(3), b])],
    ['packed four times', 'GZIP_BOMB', gzipSync(gzipSync(gzipSync(a)))],
    ['a bomb', 'GZIP_BOMB', gzipSync(Buffer.alloc(64 << 20))],
    ['a bomb in a bomb', 'GZIP_BOMB', gzipSync(gzipSync(Buffer.alloc(64 << 20)))],
  ])('%s', async (_what, code, bytes) => {
    for (const size of [9, 1 << 16]) await expect(unpack(bytes, size)).rejects.toMatchObject({ code });
  });

  test('an error of the transfer stays one', async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(a.subarray(0, 12));
      throw new Error('connection lost');
    };
    const all = async (): Promise<void> => {
      for await (const piece of unpacked('o', broken())) expect(piece).toBeDefined();
    };
    await expect(all()).rejects.toThrow('connection lost');
  });
});
