import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { filesById, rulesDocument } from '../../../policies/rules/documentation.ts';
import { testedRules } from '../../../policies/rules/held-by-tests.ts';
import { rules } from '../../../policies/rules/register.ts';

const RULES = new URL('../../../policies/rules/', import.meta.url);

test('docs/rules.md says what the rules say; npx tsx policies/rules/write-documentation.ts writes it', async () => {
  const written = await readFile(new URL('../../../docs/rules.md', import.meta.url), 'utf8');
  expect(written).toBe(rulesDocument(filesById(await readdir(RULES))));
});

test('every rule stands in a file of its own, named by its id', async () => {
  expect(Object.keys(filesById(await readdir(RULES))).sort()).toEqual(rules.map(({ id }) => id));
});

test('rules that a test holds name a test that names them', async () => {
  for (const { id, test: path } of testedRules) {
    expect(await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')).toContain(`'${id}:`);
  }
});
