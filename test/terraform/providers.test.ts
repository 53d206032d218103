import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMirrors, withProviders } from '../../terraform/providers.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'peaches-home-'));
});

afterEach(() => rm(home, { recursive: true }));

const mirror = async (...path: string[]): Promise<string> => {
  const folder = join(home, ...path);
  await mkdir(join(folder, 'registry.terraform.io', 'hashicorp', 'aws', '5.100.0'), { recursive: true });
  return folder;
};

const chosen = async (environment: NodeJS.ProcessEnv = {}) =>
  withProviders({
    binary: { tool: 'terraform' },
    environment: { HOME: home, XDG_DATA_DIRS: '', ...environment },
    folder: join(home, '.peaches'),
    roots: [home],
  });

test('a mirror below a root is named in a configuration of our own, with the network for everything else', async () => {
  const found = await mirror('somewhere', 'plugins');
  const { TF_CLI_CONFIG_FILE: file } = await chosen();
  const text = await readFile(file!, 'utf8');
  expect(text).toContain(`path    = "${found}"`);
  expect(text).toMatch(/direct \{\s+exclude = \["registry.terraform.io\/hashicorp\/aws"\]/);
  expect((await stat(file!)).mode & 0o777).toBe(0o600);
});

test("a person's own configuration is left alone", async () => {
  await mirror('plugins');
  const own = join(home, 'own.tfrc');
  await writeFile(own, '');
  expect(await chosen({ TF_CLI_CONFIG_FILE: own })).toMatchObject({ TF_CLI_CONFIG_FILE: own });
  await writeFile(join(home, '.terraformrc'), '');
  expect((await chosen())['TF_CLI_CONFIG_FILE']).toBeUndefined();
});

test('a configuration that is not there is dropped, and does not hide a mirror', async () => {
  expect((await chosen({ TF_CLI_CONFIG_FILE: join(home, 'gone') }))['TF_CLI_CONFIG_FILE']).toBeUndefined();
  await mirror('plugins');
  expect((await chosen({ TF_CLI_CONFIG_FILE: join(home, 'gone') }))['TF_CLI_CONFIG_FILE']).toBe(
    join(home, '.peaches', 'terraform.tfrc'),
  );
});

test('a mirror where Terraform looks by itself needs no configuration', async () => {
  await mirror('.terraform.d', 'plugins');
  expect((await chosen())['TF_CLI_CONFIG_FILE']).toBeUndefined();
});

test('the search stays within its limits', async () => {
  await mirror('a', 'b', 'c', 'd', 'e');
  const limits = { depth: 4, folders: 1000, milliseconds: 10_000 };
  const near = await mirror('x');
  expect(await findMirrors('registry.terraform.io', [home], limits)).toEqual([near]);
  expect(await findMirrors('registry.terraform.io', [home], { ...limits, folders: 1 })).toEqual([]);
});

test('a folder of the registry without our provider is no mirror', async () => {
  await mkdir(join(home, 'x', 'registry.terraform.io', 'hashicorp', 'random'), { recursive: true });
  expect((await chosen())['TF_CLI_CONFIG_FILE']).toBeUndefined();
});
