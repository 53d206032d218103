import { expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROOMS = ['cli', 'config', 'etl', 'examples', 'images', 'sandbox', 'stacks', 'terraform'];

test('no Action of a policy is written outside policies/', async () => {
  const writers: string[] = [];
  for (const room of ROOMS) {
    const files = await readdir(join(ROOT, room), { recursive: true, withFileTypes: true });
    for (const file of files.filter(({ name }) => name.endsWith('.ts'))) {
      const path = join(file.parentPath, file.name);
      if (/\b(Not)?Action['"]?\s*:\s*['"[]/.test(await readFile(path, 'utf8')))
        writers.push(relative(ROOT, path));
    }
  }
  expect(writers).toEqual([]);
});
