import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { LineFile } from '../../../etl/runtime/line-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'line-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Short ones, ones of several bytes a character, empty ones, and ones longer than any buffer. */
const LINES = Array.from({ length: 30_000 }, (_, index) => {
  if (index % 9000 === 0) return '€'.repeat(200_000 + index);
  return index % 7 === 0 ? '' : `${index} é😀 ${'x'.repeat(index % 60)}`;
});

describe('a file of lines', () => {
  test.each(['plain', 'gzip'] as const)('holds what was added, %s', async (kind) => {
    const file = LineFile[kind](join(folder, 'lines'));
    for (const line of LINES) {
      file.add(line);
      await file.flush();
    }
    const bytes = await readFile(await file.end());
    const text = (kind === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    expect(text === `${LINES.join('\n')}\n`).toBe(true);
    expect(file.lines).toBe(LINES.length);
  });

  test('may be added to for long before it is flushed', async () => {
    const file = LineFile.plain(join(folder, 'lines'));
    for (const line of LINES) file.add(line);
    expect((await readFile(await file.end(), 'utf8')) === `${LINES.join('\n')}\n`).toBe(true);
  });

  test('may be empty', async () => {
    expect(await readFile(await LineFile.plain(join(folder, 'lines')).end(), 'utf8')).toBe('');
  });

  test('is gone when it is given up', async () => {
    const file = LineFile.plain(join(folder, 'lines'));
    for (const line of LINES) file.add(line);
    void file.flush();
    await file.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  test.each(['plain', 'gzip'] as const)('that can not be written says so, %s', async (kind) => {
    const file = LineFile[kind](join(folder, 'missing', 'lines'));
    const writing = async (): Promise<void> => {
      for (const line of LINES) {
        file.add(line);
        await file.flush();
      }
      await file.end();
    };
    await expect(writing()).rejects.toMatchObject({ code: 'ENOENT' });
    await file.discard();
  });
});
