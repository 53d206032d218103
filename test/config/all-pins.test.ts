import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAllPins, writePins } from '../../config/pins.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'peaches-pins-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('the pins of all environments are found, and none where nothing was pushed', async () => {
  expect(await readAllPins(root)).toEqual({});
  const pins = { worker: { repository: 'r', tag: 't', digest: `sha256:${'0'.repeat(64)}` } };
  await writePins(root, 'dev', pins);
  await writeFile(join(root, '.peaches', 'sandbox.json'), '{}');
  expect(await readAllPins(root)).toEqual({ dev: pins });
});
