import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeConfig } from '../../config/write.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-config-'));
  file = join(folder, 'peaches.config.json');
});
afterEach(() => rm(folder, { recursive: true }));

const entry = { name: 'acme', environments: { dev: {} }, feeds: {} };

test('writes the file and leaves nothing else behind', async () => {
  expect(await writeConfig(file, entry, { replace: false })).toBeUndefined();
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(entry);
  expect(await readdir(folder)).toEqual(['peaches.config.json']);
});

test('never replaces a file unasked', async () => {
  await writeFile(file, 'mine');
  await expect(writeConfig(file, entry, { replace: false })).rejects.toMatchObject({
    code: 'CONFIG_EXISTS',
    exitCode: 77,
  });
  expect(await readFile(file, 'utf8')).toBe('mine');
  expect(await readdir(folder)).toEqual(['peaches.config.json']);
});

test('keeps the file that it replaces', async () => {
  await writeFile(file, 'mine');
  expect(await writeConfig(file, entry, { replace: true })).toBe(`${file}.bak`);
  expect(await readFile(`${file}.bak`, 'utf8')).toBe('mine');
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(entry);
});
