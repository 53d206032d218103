import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, documentOf } from './terminal.ts';

const CONFIG = {
  name: 'acme-media',
  environments: { dev: { account: '123456789012', region: 'us-east-1', target: 'aws' } },
  feeds: { freewheel: { networkId: '171213' } },
};
const before = { ...process.env };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-nobody-'));
  await writeFile(join(folder, 'peaches.config.json'), JSON.stringify(CONFIG));
  const aws = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
  for (const name of aws) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  });
});
afterAll(async () => {
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
  await rm(folder, { recursive: true });
});

test.each([[['images', 'ls']], [['images', 'prune', '--yes']], [['secrets', 'ls']]])(
  '%j without credentials lacks a prerequisite; it is no fault of peaches',
  async (argv) => {
    const told = await call([...argv, '--json'], folder);
    expect(told.status).toBe(69);
    expect(documentOf(told)).toMatchObject({
      error: { code: 'CREDENTIALS_MISSING', message: expect.stringContaining('who is calling') as unknown },
    });
  },
);
