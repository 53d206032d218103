import { expect, test } from '@jest/globals';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeRoomFor } from '../../../etl/runtime/garbage.ts';

test('before large files are read, what nobody needs is given back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peaches-garbage-'));
  const large = join(folder, 'large');
  await writeFile(large, '');
  await truncate(large, 5 << 20);
  const lying = (() => new WeakRef({ rows: new Uint8Array(1 << 20) }))();
  await sleep(0);
  await makeRoomFor([large]);
  await sleep(0);
  expect(lying.deref()).toBeUndefined();
  await rm(folder, { recursive: true });
});
