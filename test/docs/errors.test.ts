import { expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROOMS = [
  'cli',
  'config',
  'errors',
  'etl',
  'examples',
  'images',
  'policies',
  'sandbox',
  'stacks',
  'terraform',
];

const sources = async (): Promise<string[]> => {
  const rooms = ROOMS.map(async (room) => {
    const files = await readdir(`${ROOT}/${room}`, { recursive: true }).catch(() => []);
    return files.filter((file) => file.endsWith('.ts')).map((file) => `${ROOT}/${room}/${file}`);
  });
  return (await Promise.all(rooms)).flat();
};

/** Codes as they are made: `code: 'X'`, `code: passing ? 'X' : 'Y'`, and by the factories of a feed, `fileFault('X'`. */
const codesIn = (text: string): string[] =>
  [...text.matchAll(/\bcode:\s*((?:[^',]*'[A-Z][A-Z_]+')+)|\b\w+Fault\(\s*'([A-Z][A-Z_]+)'/g)].flatMap(
    ([, parts = '', fault]) => [
      ...[...parts.matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, code = '']) => code),
      ...(fault === undefined ? [] : [fault]),
    ],
  );

test('docs/errors.md lists exactly the codes of the sources', async () => {
  const texts = await Promise.all((await sources()).map((file) => readFile(file, 'utf8')));
  const used = texts.flatMap(codesIn);
  const page = await readFile(`${ROOT}/docs/errors.md`, 'utf8');
  const listed = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect([...new Set(listed)].length).toBe(listed.length);
  expect(listed.toSorted()).toEqual([...new Set(used)].toSorted());
});
