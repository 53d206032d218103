import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../../examples/random.ts';
import { callIn, emulatorLack, startIn } from './support/command-line.ts';
import { describeWith } from './support/prerequisites.ts';

const MINUTES = 60_000;
jest.setTimeout(6 * MINUTES);

/** Seconds within which `up` is killed; another seed, other moments. */
const WITHIN_SECONDS = 45;
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const moments = Array.from({ length: 2 }, () => Math.round(random.next() * WITHIN_SECONDS * 1000));

describeWith(await emulatorLack(tmpdir()), `up killed at any moment (SEED=${seed})`, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peaches-killed-'));
    await callIn(folder, [
      ...['init', '--yes', '--name', 'acme', '--account', '123456789012', '--region', 'us-east-1'],
      ...['--feeds', 'fastly', '--target', 'sandbox'],
    ]);
  });
  afterAll(async () => {
    await callIn(folder, ['sandbox', 'stop']);
    await rm(folder, { recursive: true, force: true });
  });

  test.each(moments)('after kill -9 at %d ms the same command ends in the same state', async (moment) => {
    await callIn(folder, ['sandbox', 'stop']);
    await rm(join(folder, '.peaches', 'dev'), { recursive: true, force: true });
    expect(await callIn(folder, ['sandbox', 'start'])).toMatchObject({ status: 0 });
    const killed = startIn(folder, ['up', '--yes']);
    await Promise.race([sleep(moment), killed]);
    killed.kill('SIGKILL');
    await killed;
    const again = await callIn(folder, ['up', '--yes']);
    expect({ status: again.status, stderr: again.status === 0 ? '' : again.stderr }).toEqual({
      status: 0,
      stderr: '',
    });
    const diff = await callIn(folder, ['diff']);
    expect({ status: diff.status, stdout: diff.status === 0 ? '' : diff.stdout }).toEqual({
      status: 0,
      stdout: '',
    });
  });
});
