import { expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { readFields } from '../../cli/secret-input.ts';
import { declaredSecrets } from '../../cli/secret-values.ts';
import { call, documentOf } from './terminal.ts';

const secret = declaredSecrets(['freewheel']).find(({ name }) => name === 'freewheel.api')!;

test('an input that nobody writes to and nobody closes is a missing answer, not a wait', async () => {
  await expect(readFields(new PassThrough(), secret, 20)).rejects.toMatchObject({
    code: 'ANSWER_MISSING',
    exitCode: 64,
  });
});

test('an input in pieces is read to its end', async () => {
  const input = new PassThrough();
  input.write('{"username":"u",');
  setImmediate(() => input.end('"password":"p"}'));
  expect(await readFields(input, secret)).toEqual({ username: 'u', password: 'p' });
});

test('secrets set without a terminal takes what stdin holds, and says when it holds nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peaches-secret-'));
  try {
    const argv = ['secrets', 'set', 'freewheel.api', '--local', folder, '--json'];
    const empty = await call(argv, folder);
    expect(empty.status).toBe(64);
    expect(documentOf(empty)).toMatchObject({ error: { code: 'ANSWER_MISSING' } });
    const wrong = await call(argv, folder, ['{"username":"hunter2"}']);
    expect(documentOf(wrong)).toMatchObject({ error: { code: 'SECRET_INVALID' } });
    expect(wrong.stdout).not.toContain('hunter2');
    const fields = { username: 'u', password: 'p' };
    expect(await call(argv, folder, [JSON.stringify(fields)])).toMatchObject({ status: 0 });
    const kept: unknown = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8'));
    expect(kept).toEqual({ 'freewheel-api': fields });
    const byAlias = await call(['secrets', 'set', 'freewheel-api', ...argv.slice(3)], folder, [
      JSON.stringify(fields),
    ]);
    expect(documentOf(byAlias)).toEqual({ secret: 'freewheel.api', state: 'set' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
