import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { commands } from '../../cli/commands.ts';

test('docs/cli.md lists every command', async () => {
  const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const [, table = ''] = /^## Commands\n+((?:\|.*\n)+)/mu.exec(page) ?? [];
  const listed = [...table.matchAll(/^\| (.+?) +\| /gmu)].map(([, call]) => call).join('\n');
  const missing = commands.filter(({ name }) => {
    const [word = '', verb = ''] = name.split(' ');
    return !new RegExp(`\`${word}\\b[^\`]*\\b${verb}\\b`, 'u').test(listed);
  });
  expect(missing.map(({ name }) => name)).toEqual([]);
});
