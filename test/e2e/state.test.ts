import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { clientSettings } from '../../config/access.ts';
import { latestRuns } from '../../terraform/journal.ts';
import { keepCopy } from '../../terraform/state-copy.ts';
import { holderOf, readLock } from '../../terraform/state-lock.ts';
import { PeachesError } from '../../errors/errors.ts';
import { emulatorLack } from './support/command-line.ts';
import { deniedWrite, expiredCredentials, startFaultProxy, type FaultProxy } from './support/fault-proxy.ts';
import { describeWith } from './support/prerequisites.ts';
import { parameters, terraformOn, writeStack, type Resources } from './support/stack.ts';

jest.setTimeout(300_000);

const REGION = 'us-east-1';

describeWith(await emulatorLack(tmpdir()), 'the state of a stack in S3', () => {
  let root: string;
  let proxy: FaultProxy;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-state-'));
    proxy = await startFaultProxy((await startSandbox({ root })).endpoint);
    environment = sandboxEnvironment(proxy.endpoint);
    const s3 = new S3Client({ ...clientSettings({ region: REGION, environment }), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'states' }));
    s3.destroy();
  });
  afterEach(() => proxy.inject(undefined));
  afterAll(async () => {
    await proxy.close();
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  /** A stack whose state lies under its name in the bucket. */
  const stackOf = async (name: string) => {
    const folder = join(root, name, 'stack');
    const s3 = { bucket: 'states', key: `${name}.tfstate`, region: REGION, use_lockfile: true };
    const write = (resources: Resources) => writeStack(folder, resources, { s3 });
    await write(parameters(2, `/${name}`));
    const planFile = join(root, name, 'plan');
    return { folder, write, planFile, terraform: await terraformOn(proxy.endpoint, folder) };
  };

  const failureOf = async (work: Promise<unknown>): Promise<PeachesError> => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof PeachesError) return error;
    throw new Error('no failure', { cause: error });
  };

  /** Calls the command that a failure prints, as a person would. */
  const callPrinted = async ({ details }: PeachesError) => {
    const { push } = details as { push: string };
    return await execa('sh', ['-c', push], { env: environment, extendEnv: false, reject: false });
  };

  test('I5: a state that the backend refuses at the end of an apply is found again, and the printed command saves it', async () => {
    const { folder, planFile, terraform } = await stackOf('denied');
    await terraform.init();
    await terraform.plan({ out: planFile });
    proxy.inject(deniedWrite('/denied.tfstate'));
    const told = await failureOf(terraform.apply(planFile));
    expect(told).toMatchObject({ code: 'STATE_UNSAVED', exitCode: 1 });
    const file = join(folder, 'errored.tfstate');
    expect(told.hint).toContain(`-chdir='${folder}' state push errored.tfstate && rm '${file}'`);
    expect(await readFile(file, 'utf8')).toContain('/denied/1');

    proxy.inject(undefined);
    const found = await failureOf(terraform.init());
    expect(found).toMatchObject({ code: 'STATE_UNSAVED', details: told.details });
    expect(await callPrinted(found)).toMatchObject({ exitCode: 0 });
    expect(await readdir(folder)).not.toContain('errored.tfstate');
    await terraform.init();
    expect(await terraform.plan({ out: planFile })).toMatchObject({ hasChanges: false });
  });

  test('I6: credentials that expire in the middle of an apply are told; what was done stays done and the next call goes on', async () => {
    const { folder, planFile, terraform, write } = await stackOf('expired');
    const { aws_ssm_parameter: first = {} } = parameters(2, '/expired');
    const second = Object.fromEntries(
      ['late0', 'late1'].map((name) => [
        name,
        {
          ...{ name: `/expired/${name}`, type: 'String', value: 'x' },
          depends_on: ['aws_ssm_parameter.param0', 'aws_ssm_parameter.param1'],
        },
      ]),
    );
    await write({ aws_ssm_parameter: { ...first, ...second } });
    await terraform.init();
    await terraform.plan({ out: planFile });
    let puts = 0;
    proxy.inject((asked) => {
      if (asked.headers['x-amz-target'] === 'AmazonSSM.PutParameter') puts += 1;
      return puts > 2 ? expiredCredentials(asked) : undefined;
    });
    const told = await failureOf(terraform.apply(planFile));
    expect(told).toMatchObject({ code: 'STATE_UNSAVED' });
    expect(told.message).toContain('credentials expired');
    expect(told.cause).toMatchObject({ code: 'CREDENTIALS_EXPIRED', exitCode: 69 });

    proxy.inject(undefined);
    const found = await failureOf(terraform.init());
    const locked = await callPrinted(found);
    expect(locked.exitCode).not.toBe(0);
    expect(locked.stderr).toContain('Error acquiring the state lock');
    expect(found.hint).toContain('peaches unlock');
    const lock = (await readLock(folder, environment))!;
    const runs = await latestRuns(join(folder, '..', 'journal'), 'stack');
    expect(await holderOf(lock, runs)).toMatchObject({ state: 'dead' });
    await terraform.init('kept');
    await terraform.forceUnlock(lock.id);
    expect(await callPrinted(found)).toMatchObject({ exitCode: 0 });
    await terraform.init();
    const rest = await terraform.plan({ out: planFile });
    expect(rest.counts).toMatchObject({ add: 2, change: 0, remove: 0 });
    await terraform.apply(planFile);
    expect(await terraform.stateList()).toHaveLength(4);
  });

  test('a copy of the state from before an apply is kept, and pushed back it is the state again', async () => {
    const { folder, planFile, terraform, write } = await stackOf('copied');
    await terraform.init();
    await terraform.plan({ out: planFile });
    await terraform.apply(planFile);
    const copies = join(root, 'copied', 'copies');
    await keepCopy(copies, 'stack', await terraform.pullState());
    await write(parameters(4, '/copied'));
    await terraform.plan({ out: planFile });
    await terraform.apply(planFile);
    expect(await terraform.stateList()).toHaveLength(4);
    const [name = ''] = await readdir(copies);
    expect((await stat(join(copies, name))).mode & 0o777).toBe(0o600);

    const restored = await execa(
      'terraform',
      [`-chdir=${folder}`, 'state', 'push', '-force', join(copies, name)],
      {
        env: environment,
        extendEnv: false,
      },
    );
    expect(restored.exitCode).toBe(0);
    expect(await terraform.stateList()).toHaveLength(2);
    const s3 = new S3Client({ ...clientSettings({ region: REGION, environment }), forcePathStyle: true });
    const kept = await s3.send(new GetObjectCommand({ Bucket: 'states', Key: 'copied.tfstate' }));
    expect(await kept.Body!.transformToString()).not.toContain('/copied/3');
    s3.destroy();
  });
});
