import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, documentOf } from './terminal.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-synth-'));
  await writeFile(
    join(folder, 'peaches.config.json'),
    JSON.stringify({
      name: 'acme',
      environments: { dev: { account: '123456789012', region: 'us-east-1' } },
      feeds: { fastly: {} },
    }),
  );
});
afterEach(() => rm(folder, { recursive: true }));

const written = (): Promise<string> =>
  readFile(join(folder, 'cdktf.out/stacks/acme-dev-fastly/cdk.tf.json'), 'utf8');

/** A deploy of a process that lives. */
const deployGoesOn = async (): Promise<void> => {
  await mkdir(join(folder, '.peaches/dev'), { recursive: true });
  const since = new Date().toISOString();
  const hold = { pid: process.ppid, user: 'u', host: hostname(), command: 'deploy', since, token: 't' };
  await writeFile(join(folder, '.peaches/dev/hold.json'), JSON.stringify(hold));
};

test('up sets up feeds of the environment alone', async () => {
  const up = ['up', '--target', 'sandbox', '--yes', '--json', '--feeds'];
  const other = await call([...up, 'fastly,cms-lite'], folder);
  expect(other.status).toBe(64);
  expect(documentOf(other)).toMatchObject({
    error: { code: 'FEED_NOT_SELECTED', details: { feed: 'cms-lite' } },
  });
  const none = await call([...up, 'nope'], folder);
  expect(documentOf(none)).toMatchObject({ error: { code: 'UNKNOWN_FEED' } });
});

test('what a deploy reads at this moment is used as it is, and never changed under it', async () => {
  expect(await call(['synth'], folder)).toMatchObject({ status: 0 });
  const before = await written();
  await deployGoesOn();

  expect(await call(['synth'], folder)).toMatchObject({ status: 0 });
  const other = await call(['synth', '--target', 'sandbox', '--json'], folder);
  expect(other.status).toBe(75);
  expect(documentOf(other)).toMatchObject({ error: { code: 'ENVIRONMENT_BUSY' } });
  expect(await written()).toBe(before);
  expect(await readdir(join(folder, '.peaches/dev'))).toEqual(['hold.json']);

  const elsewhere = ['synth', '--target', 'sandbox', '--out', 'elsewhere'];
  expect(await call(elsewhere, folder)).toMatchObject({ status: 0 });
});
