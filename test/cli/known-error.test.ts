import { expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knownError } from '../../cli/known-error.ts';
import { usageError } from '../../errors/errors.ts';

test('an error of ours is handed on', () => {
  const error = usageError({ code: 'SOME', message: 'Some.' });
  expect(knownError(error)).toBe(error);
});

test('an error of the file system names the path and is no fault of ours', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peaches-known-'));
  try {
    const missing: unknown = await readFile(join(folder, 'none')).catch((thrown: unknown) => thrown);
    expect(knownError(missing)).toMatchObject({ code: 'FILE_UNUSABLE', exitCode: 1 });
    expect(knownError(missing)?.message).toContain(join(folder, 'none'));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an import that leads nowhere is named', () => {
  const gone = Object.assign(new Error("Cannot find module './none.ts'"), { code: 'ERR_MODULE_NOT_FOUND' });
  expect(knownError(gone)).toMatchObject({ code: 'IMPORT_BROKEN', exitCode: 1 });
  const renamed = new SyntaxError("The requested module './a.ts' does not provide an export named 'b'");
  expect(knownError(renamed)?.message).toContain("'b'");
});

test('all else is a fault of ours', () => {
  expect(knownError(new TypeError('x is not a function'))).toBeUndefined();
  expect(knownError(new SyntaxError('Unexpected token'))).toBeUndefined();
});
