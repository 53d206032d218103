import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { canGunzipInPlace } from '../../../etl/freewheel/gunzip-in-place.ts';
import { rawBytes, rawFile } from '../../../etl/freewheel/raw-bytes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raw-bytes-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Read = (name: string, path: string) => Iterable<Buffer> | AsyncIterable<Buffer>;

const READERS: readonly (readonly [string, Read])[] = [
  ['in place', rawFile],
  ['as a stream', (name, path) => rawBytes(name, createReadStream(path))],
];

/** More than the buffers of either reader, and hardly compressible in part. */
const CONTENT = Buffer.concat(
  Array.from({ length: 300_000 }, (_, k) => Buffer.from(`${k},${(k * 2_654_435_761) % 4_294_967_296}\n`)),
);
const PACKED = gzipSync(CONTENT);

const contentOf = async (read: Read, bytes: Buffer, name = 'log.csv.gz'): Promise<Buffer> => {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  const pieces: Buffer[] = [];
  for await (const piece of read(name, path)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
};

test('this Node has the binding that gunzip in place calls', () => {
  expect(canGunzipInPlace()).toBe(true);
});

describe.each(READERS)('a raw file read %s', (_how, read) => {
  test('gives the bytes that were packed', async () => {
    expect((await contentOf(read, PACKED)).equals(CONTENT)).toBe(true);
  });

  test('may be padded with zeros', async () => {
    const padded = Buffer.concat([PACKED, Buffer.alloc(512)]);
    expect((await contentOf(read, padded)).equals(CONTENT)).toBe(true);
  });

  test('may be of several members', async () => {
    const members = [PACKED, gzipSync(''), gzipSync('end')];
    const content = await contentOf(read, Buffer.concat(members));
    expect(content.equals(Buffer.concat([CONTENT, Buffer.from('end')]))).toBe(true);
  });

  test('passes as it is without .gz in its name', async () => {
    expect((await contentOf(read, CONTENT, 'log.csv')).equals(CONTENT)).toBe(true);
  });

  test('may hold as much as fits its buffers exactly', async () => {
    for (const bytes of [1 << 18, 1 << 19, 1 << 20]) {
      expect(await contentOf(read, gzipSync(Buffer.alloc(bytes, 7)))).toHaveLength(bytes);
    }
  });

  const flipped = Buffer.from(PACKED);
  flipped.fill(0xff, 200_000, 200_040);
  const wrongSum = Buffer.from(PACKED);
  wrongSum[PACKED.length - 8]! ^= 1;

  test.each([
    ['cut off in the middle', PACKED.subarray(0, PACKED.length / 2), 'GZIP_TRUNCATED'],
    ['cut off before its checksum', PACKED.subarray(0, -8), 'GZIP_TRUNCATED'],
    ['cut off by one byte', PACKED.subarray(0, -1), 'GZIP_TRUNCATED'],
    ['cut off in its second member', Buffer.concat([PACKED, PACKED.subarray(0, 5000)]), 'GZIP_TRUNCATED'],
    ['damaged in the middle', flipped, 'GZIP_DAMAGED'],
    ['of a wrong checksum', wrongSum, 'GZIP_DAMAGED'],
    ['followed by rubbish', Buffer.concat([PACKED, Buffer.from('rubbish')]), 'GZIP_DAMAGED'],
    ['no gzip', Buffer.from('a,b\n1,2\n'), 'NOT_GZIP'],
    ['without a byte', Buffer.alloc(0), 'EMPTY_FILE'],
    ['packed of nothing', gzipSync(''), 'EMPTY_FILE'],
    ['a bomb', gzipSync(Buffer.alloc(64 << 20)), 'GZIP_BOMB'],
  ])('is refused when it is %s', async (_what, bytes, code) => {
    await expect(contentOf(read, bytes)).rejects.toMatchObject({ code });
  });
});
