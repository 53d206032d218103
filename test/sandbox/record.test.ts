import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxStatus, startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'peaches-record-'));
  await mkdir(join(root, '.peaches'));
});
afterAll(() => rm(root, { recursive: true }));

test.each(['{broken', 'null', '{"endpoint": "http://127.0.0.1:1"}'])(
  'a record that says %s is named, and what to do',
  async (text) => {
    const file = join(root, '.peaches/sandbox.json');
    await writeFile(file, text);
    for (const call of [sandboxStatus, startSandbox, stopSandbox]) {
      await expect(call({ root })).rejects.toMatchObject({
        ...{ code: 'SANDBOX_RECORD_INVALID', exitCode: 1, details: { file } },
        hint: expect.stringContaining('remove the file') as unknown,
      });
    }
  },
);
