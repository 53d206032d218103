import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = [
  ...['bootstrap.ts', 'package.json', 'tsconfig.json', 'jest.config.js', 'docs', 'test/etl/support'],
  ...['cli', 'config', 'errors', 'etl', 'examples', 'images', 'policies', 'sandbox', 'stacks', 'terraform'],
  ...['test/reporters', 'test/e2e/support'],
];
jest.setTimeout(600_000);

interface Block {
  readonly kind: string;
  readonly file: string | undefined;
  readonly text: string;
}

/** The fenced blocks of a page, in order, without their indentation. */
const blocksOf = (page: string): readonly Block[] =>
  [...page.matchAll(/^( *)```(\w+)(?: (\S+))?\n(.*?)^\1```$/gms)].map(
    ([, indent = '', kind = '', file, body]) => ({
      ...{ kind, file },
      text: (body ?? '').replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );

let checkout: string;

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'peaches-guide-'));
  for (const path of COPIED) await cp(join(ROOT, path), join(checkout, path), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
});
afterAll(() => rm(checkout, { recursive: true, force: true }));

/** Step 3 of the guide: import the feed, add it to the list. */
const register = async (): Promise<void> => {
  const file = join(checkout, 'etl/feeds.ts');
  const text = await readFile(file, 'utf8');
  const registered = text.replace(/(const feeds\b[^=]*= \[)/, '$1lines, ');
  expect(registered).not.toBe(text);
  await writeFile(file, `import { lines } from './lines/feed.ts';\n${registered}`);
};

const write = async (path: string, text: string): Promise<void> => {
  const file = join(checkout, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};

test('the guide to a new feed works as it is written', async () => {
  const blocks = blocksOf(await readFile(join(ROOT, 'docs/guides/add-a-feed.md'), 'utf8'));
  await register();
  let told = '';
  const worked: Record<string, number> = {};
  for (const { kind, file, text } of blocks) {
    if (kind === 'ts') await write(file ?? '', text);
    if (kind === 'sh') told = (await execa('sh', ['-ec', text], { cwd: checkout, all: true })).stdout;
    if (kind === 'text') expect(told).toContain(text.trim());
    worked[kind] = (worked[kind] ?? 0) + 1;
  }
  expect(worked).toMatchObject({ ts: 7, sh: 3, text: 1 });
  await write(
    'tsconfig.lines.json',
    JSON.stringify({ extends: './tsconfig.json', include: ['etl/feeds.ts', 'etl/lines', 'test/etl/lines'] }),
  );
  await execa('node', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.lines.json'], { cwd: checkout });
});
