import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { startSandbox, stopSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import type { TerraformEvent } from '../../terraform/events.ts';
import { findTerraform } from '../../terraform/find.ts';
import { withProviders } from '../../terraform/providers.ts';
import { terraformFor } from '../../terraform/terraform.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';
import { parameters, terraformOn, writeStack, type Resources } from './support/stack.ts';

jest.setTimeout(300_000);

/** Takes about ten seconds to create, because the provider waits for it: time to interrupt. */
const slow = (name: string): Resources => ({ aws_ecs_cluster: { slow: { name } } });

/** A Terraform that leaves its process id in a file. */
const traceable = async (folder: string): Promise<{ command: string; kill: () => Promise<void> }> => {
  const { command } = await findTerraform();
  const script = join(folder, 'terraform');
  const pidFile = join(folder, 'pid');
  await writeFile(script, `#!/bin/sh\necho $$ > '${pidFile}'\nexec ${command} "$@"\n`, { mode: 0o755 });
  return { command: script, kill: async () => void process.kill(Number(await readFile(pidFile)), 'SIGKILL') };
};

const lack =
  (await lackOf(() => findTerraform())) ??
  (await lackOf(async () => {
    const root = await mkdtemp(join(tmpdir(), 'peaches-probe-'));
    await startSandbox({ root });
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  }));

describeWith(lack, 'Terraform against the emulator', () => {
  let root: string;
  let sandbox: Sandbox;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-terraform-'));
    sandbox = await startSandbox({ root });
  });

  afterAll(async () => {
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  test('a stack is planned, applied exactly as planned, shows no change, is destroyed', async () => {
    const folder = join(root, 'life', 'stack');
    await writeStack(folder, parameters(3, '/life'));
    const events: TerraformEvent[] = [];
    const terraform = await terraformOn(sandbox.endpoint, folder, { onEvent: (event) => events.push(event) });
    await terraform.init();
    expect(await terraform.stateList()).toEqual([]);

    const plan = await terraform.plan({ out: join(folder, '..', 'plan') });
    expect(plan).toMatchObject({
      stack: 'stack',
      hasChanges: true,
      counts: { add: 3, change: 0, remove: 0 },
    });
    expect(plan.changes.map(({ address, action }) => `${action} ${address}`).sort()).toEqual([
      'create aws_ssm_parameter.param0',
      'create aws_ssm_parameter.param1',
      'create aws_ssm_parameter.param2',
    ]);
    expect(plan.destructive).toEqual([]);

    expect(await terraform.apply(plan.planFile)).toMatchObject({ add: 3, change: 0, remove: 0 });
    expect(events.filter(({ type }) => type === 'done')).toHaveLength(3);
    expect(await terraform.stateList()).toHaveLength(3);

    const again = await terraform.plan({ out: join(folder, '..', 'plan') });
    expect(again).toMatchObject({ hasChanges: false, changes: [] });

    const destroy = await terraform.plan({ out: join(folder, '..', 'plan'), destroy: true });
    expect(destroy.destructive).toHaveLength(3);
    expect(await terraform.apply(destroy.planFile)).toMatchObject({ remove: 3 });
    expect(await terraform.stateList()).toEqual([]);

    const journals = await readdir(join(folder, '..', 'journal'));
    expect(journals.filter((name) => name.includes('-apply-'))).toHaveLength(2);
    const { mode } = await stat(join(folder, '..', 'journal', journals[0]!));
    expect(mode & 0o777).toBe(0o600);
  });

  test('a folder that was used with another backend takes the one that its stack names now', async () => {
    const folder = join(root, 'moved', 'stack');
    const backend = (name: string) => ({ local: { path: join(folder, '..', `${name}.tfstate`) } });
    await writeStack(folder, parameters(1, '/moved'), backend('first'));
    const terraform = await terraformOn(sandbox.endpoint, folder);
    await terraform.init();
    await terraform.apply((await terraform.plan({ out: join(folder, '..', 'plan') })).planFile);
    await writeStack(folder, parameters(1, '/moved'), backend('second'));
    await terraform.init();
    expect(await terraform.stateList()).toEqual([]);
    await writeStack(folder, parameters(1, '/moved'), backend('first'));
    await terraform.init();
    expect(await terraform.stateList()).toEqual(['aws_ssm_parameter.param0']);
  });

  test('a plan whose state moved on is refused and changes nothing', async () => {
    const folder = join(root, 'stale', 'stack');
    await writeStack(folder, { aws_ssm_parameter: { a: { name: '/stale/a', type: 'String', value: '1' } } });
    const terraform = await terraformOn(sandbox.endpoint, folder);
    await terraform.init();
    const first = await terraform.plan({ out: join(folder, '..', 'first') });
    const second = await terraform.plan({ out: join(folder, '..', 'second') });
    await terraform.apply(first.planFile);
    await expect(terraform.apply(second.planFile)).rejects.toMatchObject({ code: 'PLAN_STALE', exitCode: 1 });
    expect(await terraform.stateList()).toEqual(['aws_ssm_parameter.a']);
  });

  test('a shown plan names the attributes that change and hides sensitive ones', async () => {
    const folder = join(root, 'shown', 'stack');
    const parameter = (value: string, description: string) => ({
      aws_ssm_parameter: { a: { name: '/shown/a', type: 'SecureString', value, description } },
    });
    await writeStack(folder, parameter('old-secret', 'before'));
    const terraform = await terraformOn(sandbox.endpoint, folder);
    await terraform.init();
    await terraform.apply((await terraform.plan({ out: join(folder, '..', 'plan') })).planFile);
    await writeStack(folder, parameter('new-secret', 'after'));
    const plan = await terraform.plan({ out: join(folder, '..', 'plan') });
    const shown = await terraform.show(plan.planFile);
    const attributes = shown.changes[0]!.attributes;
    expect(attributes).toContainEqual({
      name: 'description',
      before: 'before',
      after: 'after',
      sensitive: false,
      unknown: false,
    });
    expect(attributes.find(({ name }) => name === 'value')).toMatchObject({ sensitive: true });
    expect(JSON.stringify(shown)).not.toContain('secret"');
  });

  test('killed in the middle of an apply, the next apply converges', async () => {
    const folder = join(root, 'killed', 'stack');
    await writeStack(folder, { ...parameters(4, '/killed'), ...slow('killed') });
    const done: string[] = [];
    const binary = await traceable(join(root, 'killed'));
    const terraform = await terraformOn(sandbox.endpoint, folder, {
      binary,
      onEvent: (event) => {
        if (event.type === 'done' && done.push(event.address) === 4) void binary.kill();
      },
    });
    await terraform.init();
    const plan = await terraform.plan({ out: join(root, 'killed', 'plan') });
    await expect(terraform.apply(plan.planFile)).rejects.toMatchObject({ code: 'TERRAFORM_FAILED' });
    expect(done).toHaveLength(4);
    const rest = await terraform.plan({ out: join(root, 'killed', 'rest') });
    expect(rest.counts.add).toBe(1);
    await terraform.apply(rest.planFile);
    expect(await terraform.stateList()).toHaveLength(5);
  });

  test('an abort asks Terraform once to stop; it saves the state and releases the lock', async () => {
    const folder = join(root, 'aborted', 'stack');
    await writeStack(folder, { ...parameters(2, '/aborted'), ...slow('aborted') });
    const interrupt = new AbortController();
    let done = 0;
    const terraform = await terraformOn(sandbox.endpoint, folder, {
      signal: interrupt.signal,
      onEvent: ({ type }) => {
        if (type === 'done' && ++done === 2) interrupt.abort();
      },
    });
    await terraform.init();
    const plan = await terraform.plan({ out: join(root, 'aborted', 'plan') });
    await expect(terraform.apply(plan.planFile)).rejects.toMatchObject({
      code: 'INTERRUPTED',
      exitCode: 130,
    });
    const calm = await terraformOn(sandbox.endpoint, folder);
    const rest = await calm.plan({ out: join(root, 'aborted', 'rest') });
    await calm.apply(rest.planFile);
    expect(await calm.plan({ out: join(root, 'aborted', 'rest') })).toMatchObject({ hasChanges: false });
  });

  test('a locked state is busy, with holder and age', async () => {
    const env = sandboxEnvironment(sandbox.endpoint);
    const s3 = new S3Client({
      endpoint: sandbox.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID']!, secretAccessKey: env['AWS_SECRET_ACCESS_KEY']! },
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'states' }));
    const folder = join(root, 'locked', 'stack');
    const backend = { s3: { bucket: 'states', key: 'a.tfstate', region: 'us-east-1', use_lockfile: true } };
    await writeStack(folder, slow('locked'), backend);
    let contender: Promise<unknown> | undefined;
    const terraform = await terraformOn(sandbox.endpoint, folder, {
      onEvent: (event) => {
        if (event.type === 'started') contender ??= terraform.plan({ out: join(root, 'locked', 'other') });
        contender?.catch(() => undefined);
      },
    });
    await terraform.init();
    const plan = await terraform.plan({ out: join(root, 'locked', 'plan') });
    await terraform.apply(plan.planFile);
    await expect(contender).rejects.toMatchObject({
      code: 'STATE_LOCKED',
      exitCode: 75,
      message: expect.stringMatching(/locked by \S+@\S+ \(apply, since \d+ min\)/),
      details: { lock: { path: 'states/a.tfstate', operation: 'apply' } },
    });
  });

  test('what the service refuses is told with the resource', async () => {
    const folder = join(root, 'refused', 'stack');
    const parameter = { name: '/refused/a', type: 'String', value: 'x' };
    await writeStack(folder, { aws_ssm_parameter: { a: parameter, b: parameter } });
    const terraform = await terraformOn(sandbox.endpoint, folder);
    await terraform.init();
    const plan = await terraform.plan({ out: join(root, 'refused', 'plan') });
    await expect(terraform.apply(plan.planFile)).rejects.toMatchObject({
      code: 'RESOURCE_EXISTS',
      message: expect.stringMatching(/aws_ssm_parameter\.[ab]/),
    });
  });

  test('a provider mirror below a home that nobody configured is found and used', async () => {
    const home = join(root, 'home');
    const folder = join(root, 'mirrored', 'stack');
    const registry = join(home, 'downloads', 'registry.terraform.io');
    await writeStack(folder, parameters(1, '/mirrored'));
    await (await terraformOn(sandbox.endpoint, folder)).init();
    await mkdir(join(home, 'downloads'), { recursive: true });
    await cp(join(folder, '.terraform', 'providers', 'registry.terraform.io'), registry, { recursive: true });
    await rm(join(folder, '.terraform'), { recursive: true });

    const binary = await findTerraform();
    const environment = await withProviders({
      binary,
      environment: {
        ...sandboxEnvironment(sandbox.endpoint),
        HOME: home,
        XDG_DATA_DIRS: '',
        TF_CLI_CONFIG_FILE: join(home, 'not-there'),
      },
      folder: join(home, 'configuration'),
      roots: [home],
    });
    await terraformFor({ binary, folder, environment, journalFolder: join(home, 'journal') }).init();
    expect(await readFile(environment['TF_CLI_CONFIG_FILE']!, 'utf8')).toContain(join(home, 'downloads'));
    const versions = join(folder, '.terraform', 'providers', 'registry.terraform.io', 'hashicorp', 'aws');
    const [version] = await readdir(versions);
    const [platform] = await readdir(join(versions, version!));
    expect(await readlink(join(versions, version!, platform!))).toContain(join(home, 'downloads'));
  });

  test('a secret given as TF_VAR is in no file', async () => {
    const folder = join(root, 'secret', 'stack');
    await writeStack(folder, {
      aws_secretsmanager_secret: { a: { name: 'secret-a', recovery_window_in_days: 0 } },
      aws_secretsmanager_secret_version: {
        a: {
          secret_id: '${aws_secretsmanager_secret.a.id}',
          secret_string_wo: '${var.password}',
          secret_string_wo_version: 1,
        },
      },
    });
    await writeFile(
      join(folder, 'variables.tf.json'),
      JSON.stringify({ variable: { password: { type: 'string', sensitive: true, ephemeral: true } } }),
    );
    process.env['TF_VAR_password'] = 'planted-4711';
    const terraform = await terraformOn(sandbox.endpoint, folder);
    delete process.env['TF_VAR_password'];
    await terraform.init();
    const plan = await terraform.plan({ out: join(root, 'secret', 'plan') });
    await terraform.apply(plan.planFile);
    const { stdout } = await execa('grep', ['-rl', 'planted-4711', join(root, 'secret')], { reject: false });
    expect(stdout).toBe('');
    expect(await readFile(join(folder, 'state', 'terraform.tfstate'), 'utf8')).toContain('secret-a');
  });
});
