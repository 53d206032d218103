import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findLauncher } from '../../sandbox/launcher.ts';
import { scripts, type Scripts } from '../terraform/script.ts';

let bin: Scripts;

beforeEach(async () => {
  bin = await scripts('');
  await symlink('/bin/sh', join(bin.folder, 'bin', 'sh'));
});

afterEach(() => bin.remove());

/** A Python that has moto says where it is. */
const PYTHON = 'case "$*" in *moto.server*) echo /usr/lib/the/python;; *) exit 1;; esac';

const find = () => findLauncher('/project/.peaches', bin.environment);

test('a Python that has moto comes first, by its real path', async () => {
  await bin.add('python3', PYTHON);
  await bin.add('uvx', 'exit 0');
  const launcher = await find();
  expect(launcher).toMatchObject({
    kind: 'python',
    command: '/usr/lib/the/python',
    args: ['-m', 'emulator', '--folder', '/project/.peaches'],
  });
  expect(launcher.environment['PYTHONPATH']).toMatch(/sandbox$/);
});

test('the interpreter of moto_server serves when python3 lacks moto', async () => {
  await bin.add('python3', 'exit 1');
  const behind = await bin.add('venv-python', PYTHON);
  await writeFile(await bin.add('moto_server', ''), `#!${behind}\n`, { mode: 0o755 });
  expect(await find()).toMatchObject({ kind: 'python', command: '/usr/lib/the/python' });
});

test.each(['uvx', 'pipx', 'docker'])('%s serves when no Python has moto', async (kind) => {
  await bin.add('python3', 'exit 1');
  await bin.add(kind, 'echo 1.0');
  const launcher = await find();
  expect(launcher).toMatchObject({ kind, command: kind });
  expect(launcher.args.join(' ')).toMatch(/moto|emulator/);
});

test('Docker publishes on loopback only, and knows the folder', async () => {
  await bin.add('docker', 'echo 28.0');
  const { args } = await find();
  expect(args).toContainEqual(expect.stringMatching(/^--publish=127\.0\.0\.1:(\d+):\1$/));
  expect(args).toContain('--volume=/project/.peaches:/sandbox');
});

test('nothing at all is told with what to do', async () => {
  await expect(find()).rejects.toMatchObject({
    code: 'EMULATOR_MISSING',
    exitCode: 69,
    hint: expect.stringContaining('pip install'),
  });
});
