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

test.each([
  ['AccessDenied', 403, 'ACCESS_DENIED', 1],
  ['AccessDeniedException', 400, 'ACCESS_DENIED', 1],
  ['Unknown', 403, 'ACCESS_DENIED', 1],
  ['ExpiredToken', 400, 'CREDENTIALS_EXPIRED', 69],
  ['InvalidAccessKeyId', 403, 'CREDENTIALS_MISSING', 69],
  ['InvalidParameterException', 400, 'AWS_CALL_FAILED', 1],
])('what AWS says (%s, %i) is no fault of ours but %s', (name, httpStatusCode, code, exitCode) => {
  const said = Object.assign(new Error('said'), { name, $fault: 'client', $metadata: { httpStatusCode } });
  expect(knownError(said)).toMatchObject({
    code,
    exitCode,
    message: expect.stringContaining('said') as unknown,
  });
  expect(knownError(said)?.hint).not.toBeUndefined();
});

test('an endpoint that does not answer is told as such', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
  expect(knownError(refused)).toMatchObject({ code: 'AWS_UNREACHABLE', exitCode: 1 });
});

test('all else is a fault of ours', () => {
  expect(knownError(new TypeError('x is not a function'))).toBeUndefined();
  expect(knownError(new SyntaxError('Unexpected token'))).toBeUndefined();
});
