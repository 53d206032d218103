import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TerraformEvent } from '../../terraform/events.ts';
import { atOnce } from '../../terraform/process.ts';
import { terraformFor, type TerraformOptions } from '../../terraform/terraform.ts';
import { scripts, type Scripts } from './script.ts';

let bin: Scripts;

beforeEach(async () => {
  bin = await scripts();
  await mkdir(join(bin.folder, 'net'));
});

afterEach(() => bin.remove());

const journals = () => join(bin.folder, 'journal');

const terraformSaying = async (text: string, options: Partial<TerraformOptions> = {}) =>
  terraformFor({
    binary: { command: await bin.add('terraform', text) },
    folder: join(bin.folder, 'net'),
    environment: bin.environment,
    journalFolder: journals(),
    ...options,
  });

const DONE =
  '{"type":"apply_complete","hook":{"resource":{"addr":"aws_a.x","resource_type":"aws_a"},"action":"create"}}';

test('events are passed on as they come, all lines are kept, a broken last one is tolerated', async () => {
  const events: TerraformEvent[] = [];
  const terraform = await terraformSaying(`echo '${DONE}'; printf '{"type":"apply_comp'`, {
    onEvent: (event) => events.push(event),
  });
  await terraform.apply('plan');
  expect(events).toEqual([expect.objectContaining({ type: 'done', address: 'aws_a.x', stack: 'net' })]);
  const [journal] = await readdir(journals());
  const lines = (await readFile(join(journals(), journal!), 'utf8')).split('\n');
  expect(lines).toContain(DONE);
  expect(lines.at(-2)).toBe('{"type":"peaches_end","exitCode":0}');
});

test('a process that says nothing is asked to stop, not killed', async () => {
  const text = `trap 'echo asked > "${bin.folder}/asked"; exit 1' INT; while :; do sleep 0.05; done`;
  const terraform = await terraformSaying(text, { silenceSeconds: 0.3 });
  await expect(terraform.apply('plan')).rejects.toMatchObject({ code: 'TERRAFORM_STALLED', exitCode: 1 });
  expect(await readFile(join(bin.folder, 'asked'), 'utf8')).toBe('asked\n');
});

test('an abort is one signal, whatever is asked after it', async () => {
  const interrupt = new AbortController();
  const text = `
n=0
trap 'n=$((n+1)); echo $n > "${bin.folder}/signals"' INT
echo '${DONE}'
i=0; while [ $i -lt 20 ]; do sleep 0.05; i=$((i+1)); done
exit 1`;
  const terraform = await terraformSaying(text, {
    signal: interrupt.signal,
    silenceSeconds: 0.2,
    onEvent: () => interrupt.abort(),
  });
  await expect(terraform.apply('plan')).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
  expect(await readFile(join(bin.folder, 'signals'), 'utf8')).toBe('1\n');
});

test('an abort before the start starts nothing', async () => {
  const terraform = await terraformSaying(`touch "${bin.folder}/started"`, { signal: AbortSignal.abort() });
  await expect(terraform.apply('plan')).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(await readdir(bin.folder)).not.toContain('started');
});

test('settings of the caller that would change a command do not reach it, secrets do', async () => {
  const environment = {
    ...bin.environment,
    TF_CLI_ARGS_apply: '-destroy',
    TF_WORKSPACE: 'other',
    TF_VAR_password: 'planted',
  };
  const terraform = await terraformSaying(`env > "${bin.folder}/env"`, { environment });
  await terraform.apply('plan');
  const seen = await readFile(join(bin.folder, 'env'), 'utf8');
  expect(seen).not.toMatch(/TF_CLI_ARGS|TF_WORKSPACE/);
  expect(seen).toContain('TF_VAR_password=planted');
  expect(seen).toContain('TF_IN_AUTOMATION=1');
});

test('when its driver is killed, Terraform ends its work and the journal has all of it', async () => {
  const command = await bin.add(
    'terraform',
    `echo started; touch "${bin.folder}/started"; sleep 0.5; echo '${DONE}'; touch "${bin.folder}/saved"`,
  );
  const script = fileURLToPath(new URL('apply-once.ts', import.meta.url));
  const args = ['--import', 'tsx', script, command, join(bin.folder, 'net'), journals()];
  const driver = spawn(process.execPath, args, { env: { ...bin.environment }, stdio: 'ignore' });
  const there = async (name: string) => (await readdir(bin.folder)).includes(name);
  while (!(await there('started'))) await sleep(20);
  driver.kill('SIGKILL');
  expect(await there('saved')).toBe(false);
  while (!(await there('saved'))) await sleep(20);
  const [journal] = await readdir(journals());
  const text = await readFile(join(journals(), journal!), 'utf8');
  expect(text.split('\n')).toEqual(expect.arrayContaining(['started', DONE]));
});

test('two run at the same time at least, and more where there is memory', () => {
  expect([1, 8, 24, 512].map((gib) => atOnce(gib * 2 ** 30))).toEqual([2, 4, 8, 8]);
});

test('no more run at the same time than memory allows', async () => {
  const most = atOnce(totalmem());
  const text = `
mkdir "${bin.folder}/running-$$"
ls "${bin.folder}" | grep -c running >> "${bin.folder}/seen"
sleep 0.3
rmdir "${bin.folder}/running-$$"`;
  const terraform = await terraformSaying(text);
  await Promise.all(Array.from({ length: most + 3 }, () => terraform.apply('plan')));
  const seen = (await readFile(join(bin.folder, 'seen'), 'utf8')).trim().split('\n').map(Number);
  expect(seen).toHaveLength(most + 3);
  expect(Math.max(...seen)).toBeLessThanOrEqual(most);
});

test('a failure without a diagnostic tells the last words', async () => {
  const terraform = await terraformSaying('echo "out of memory" >&2; exit 137');
  await expect(terraform.plan({ out: join(bin.folder, 'plan') })).rejects.toMatchObject({
    code: 'TERRAFORM_FAILED',
    message: expect.stringContaining('out of memory'),
  });
});

test('a plan that a broken connection ended is made again; an apply is not', async () => {
  const broken = JSON.stringify({
    type: 'diagnostic',
    diagnostic: {
      severity: 'error',
      summary: 'reading',
      detail: 'read tcp 127.0.0.1:2: connection reset by peer',
    },
  });
  const terraform = await terraformSaying(`
echo $1 >> "${bin.folder}/calls"
[ "$(grep -c $1 "${bin.folder}/calls")" -gt 1 ] && exit 0
echo '${broken}'
exit 1`);
  expect(await terraform.plan({ out: join(bin.folder, 'out') })).toMatchObject({ hasChanges: false });
  await expect(terraform.apply('out')).rejects.toMatchObject({ code: 'CONNECTION_BROKEN' });
  expect(await readFile(join(bin.folder, 'calls'), 'utf8')).toBe('plan\nplan\napply\n');
});

test('a program that cannot be started is an error, not a wait', async () => {
  const terraform = terraformFor({
    binary: { command: join(bin.folder, 'none') },
    folder: join(bin.folder, 'net'),
    environment: bin.environment,
    journalFolder: journals(),
  });
  await expect(terraform.init()).rejects.toThrow('ENOENT');
});
