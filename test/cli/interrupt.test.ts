import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describeWith, lackOf } from '../e2e/support/prerequisites.ts';
import { scripts, type Scripts } from '../terraform/script.ts';

const PROGRAM = fileURLToPath(new URL('interrupting.ts', import.meta.url));
const TSX = fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url));

let bin: Scripts;

beforeEach(async () => {
  bin = await scripts();
});
afterEach(() => bin.remove());

const told = (file: string): Promise<string> => readFile(join(bin.folder, file), 'utf8').catch(() => '');

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await sleep(20);
};

/** @param atSignal what the stand-in for Terraform does when it is asked to stop */
const start = async (atSignal: string, work: 'plan' | 'apply' = 'apply') => {
  const command = await bin.add(
    'terraform',
    `echo $$ > "${bin.folder}/pid"
n=0
trap 'n=$((n+1)); echo $n >> "${bin.folder}/signals"; ${atSignal}' INT
touch "${bin.folder}/started"
i=0; while [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done`,
  );
  const program = spawn('node', ['--import', TSX, PROGRAM, bin.folder, work, command], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const ended = once(program, 'close');
  await until(async () => (await told('pid')) !== '');
  return {
    interrupt: () => program.kill('SIGINT'),
    end: async () => ({ exitCode: ((await ended) as [number])[0], stdout }),
  };
};

/** A process that was killed may stay listed until somebody asks for its end. */
const isThere = async (): Promise<boolean> => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', (await told('pid')).trim()], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
};

test.each(['plan', 'apply'] as const)(
  'I2: one interrupt during %s is one signal to Terraform, whose end is awaited',
  async (work) => {
    const program = await start(`sleep 0.3; touch "${bin.folder}/saved"; exit 1`, work);
    program.interrupt();
    const { exitCode, stdout } = await program.end();
    expect(exitCode).toBe(130);
    expect(await told('signals')).toBe('1\n');
    expect(await readFile(join(bin.folder, 'saved'), 'utf8')).toBe('');
    expect(stdout).toContain('Interrupt again to stop at once.');
    expect(stdout).toContain('INTERRUPTED');
  },
);

const noTerminal = await lackOf(async () => {
  const { stdout } = await execa('script', ['--version']);
  if (!stdout.includes('util-linux')) throw new Error('`script` of util-linux is missing');
});

describeWith(noTerminal, 'at a terminal', () => {
  test.each(['Ctrl-C', 'a signal'])('I2: at the approval prompt %s is a no to everything', async (how) => {
    const words = ['node', '--import', TSX, PROGRAM, bin.folder, 'ask'].map((word) => `'${word}'`).join(' ');
    const program = spawn('script', ['-qefc', words, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let shown = '';
    program.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const ended = once(program, 'close');
    await until(() => Promise.resolve(/process \d+.*\(y\/N\)/.test(stripVTControlCharacters(shown))));
    if (how === 'Ctrl-C') program.stdin.write('\u0003');
    else process.kill(Number(/process (\d+)/.exec(shown)?.[1]), 'SIGINT');
    expect(((await ended) as [number])[0]).toBe(130);
    expect(stripVTControlCharacters(shown)).toContain('INTERRUPTED');
  });
});

test('I2: the second stops what does not end, and says what to call next', async () => {
  const program = await start(':');
  program.interrupt();
  await until(async () => (await told('signals')) === '1\n');
  program.interrupt();
  const { exitCode, stdout } = await program.end();
  expect(exitCode).toBe(130);
  expect(stdout).toContain('peaches deploy');
  expect(await told('signals')).toBe('1\n2\n');
  await until(async () => !(await isThere()));
});
