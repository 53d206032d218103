import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARGV = ['--import', 'tsx', 'bootstrap.ts', '--help'];

test('a reader that leaves early is no failure', async () => {
  const child = execa(process.execPath, ARGV, { cwd: ROOT, reject: false, buffer: { stdout: false } });
  child.stdout.destroy();
  const { exitCode, stderr } = await child;
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});

const unwritable = existsSync('/dev/full') || process.env['CI'] !== undefined ? test : test.skip;
unwritable(
  'a result that cannot be written is a failure, told without a stack (needs /dev/full)',
  async () => {
    const full = await open('/dev/full', 'w');
    try {
      const { exitCode, stderr } = await execa(process.execPath, ARGV, {
        cwd: ROOT,
        reject: false,
        stdout: full.fd as never,
      });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^The output could not be written: .*ENOSPC/);
      expect(stderr).not.toMatch(/ {4}at /);
    } finally {
      await full.close();
    }
  },
);
