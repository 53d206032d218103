import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchBucket,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { loadConfig, resolveEnvironment } from '../../config/load.ts';
import type { Environment } from '../../config/environment.ts';
import { stackName, stateBucketName, stateKey } from '../../config/names.ts';
import { feeds } from '../../etl/feeds.ts';
import { randomFrom } from '../../examples/random.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { clientSettings } from '../../config/access.ts';
import { inventoryOf } from '../../terraform/inventory.ts';
import { latestRuns, type ApplyRun } from '../../terraform/journal.ts';
import { callIn, emulatorLack, startAtTerminal, startIn, type Told } from './support/command-line.ts';
import { describeWith } from './support/prerequisites.ts';

const MINUTES = 60_000;
jest.setTimeout(6 * MINUTES);

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const STACK = 'foundation';

describeWith(
  await emulatorLack(tmpdir()),
  `calls that are cut off or get in each other's way (SEED=${seed})`,
  () => {
    let folder: string;
    let environment: Environment;
    let access: NodeJS.ProcessEnv;
    let s3: S3Client;

    const call = (...argv: string[]): Promise<Told> => callIn(folder, argv, '', access);
    const codeOf = ({ stdout }: Told): unknown =>
      (JSON.parse(stdout) as { error?: { code: string } }).error?.code;
    const keys = async (): Promise<string[]> => {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: stateBucketName(environment) }),
      );
      return Contents.map(({ Key = '' }) => Key);
    };
    const lockKey = (of = environment): string => `${stateKey(of, STACK)}.tflock`;
    const lockOf = async (of: Environment): Promise<{ readonly Operation: string } | undefined> => {
      try {
        const kept = await s3.send(new GetObjectCommand({ Bucket: stateBucketName(of), Key: lockKey(of) }));
        return JSON.parse(await kept.Body!.transformToString()) as { readonly Operation: string };
      } catch (error) {
        if (error instanceof NoSuchKey || error instanceof NoSuchBucket) return undefined;
        throw error;
      }
    };
    const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      for (let left = 1200; !(await holds()); left -= 1) {
        if (left === 0) throw new Error(`never seen: ${what}`);
        await sleep(100);
      }
    };
    const lastApply = async (): Promise<ApplyRun | undefined> => {
      const journal = join(folder, '.peaches', 'dev', 'journal');
      return (await latestRuns(journal, stackName(environment, STACK))).findLast(({ file }) =>
        file.includes('-apply-'),
      );
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'peaches-faults-'));
      const { endpoint } = await startSandbox({ root: folder });
      access = sandboxEnvironment(endpoint, {}, {});
      await callIn(folder, [
        ...['init', '--yes', '--name', 'acme', '--account', '123456789012', '--region', 'us-east-1'],
        ...['--feeds', 'fastly', '--target', 'aws'],
      ]);
      environment = resolveEnvironment(await loadConfig(join(folder, 'peaches.config.json'), feeds), {});
      s3 = new S3Client({
        ...clientSettings({ region: 'us-east-1', environment: access }),
        forcePathStyle: true,
      });
    });
    afterAll(async () => {
      s3.destroy();
      await stopSandbox({ root: folder });
      await rm(folder, { recursive: true, force: true });
    });

    test('I2: Ctrl-C at the approval prompt of `up` changes nothing and leaves no lock', async () => {
      const up = startAtTerminal(folder, ['up'], access);
      let shown = '';
      let isInterrupted = false;
      up.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += stripVTControlCharacters(text);
        // Once: a second one is the hard stop.
        if (isInterrupted || !/Apply this plan of foundation\?/.test(shown)) return;
        isInterrupted = true;
        up.stdin.write('\u0003');
      });
      expect((await up).exitCode).toBe(130);
      expect(shown).toContain('Run the same command again.');
      expect(await keys()).toEqual([]);
      expect(await readdir(join(folder, '.peaches', 'dev'))).not.toContain('hold.json');
    });

    test('I4: the lock that a deploy leaves when it and its Terraform are killed is released after a question alone', async () => {
      const deploy = startIn(folder, ['deploy', STACK, '--yes'], access);
      const least = 1 + Math.floor(random.next() * 15);
      let run: ApplyRun | undefined;
      await until(`${least} events of the apply`, async () => {
        run = await lastApply();
        return (run?.events ?? []).filter(({ type }) => type === 'done').length >= least;
      });
      deploy.kill('SIGKILL');
      process.kill(run!.process!.pid, 'SIGKILL');
      await deploy;
      expect(await keys()).toContain(lockKey());

      const unasked = await call('unlock', STACK, '--json');
      expect({ status: unasked.status, code: codeOf(unasked) }).toEqual({
        status: 64,
        code: 'ANSWER_MISSING',
      });
      expect(unasked.stderr).toMatch(
        /acme\/dev\/foundation\.tfstate: held by \S+@\S+ \(apply, since \d+ min\)/,
      );
      const released = await call('unlock', STACK, '--yes', '--json');
      expect(JSON.parse(released.stdout)).toEqual({
        released: [`${stateBucketName(environment)}/${stateKey(environment, STACK)}`],
      });
      expect(await keys()).not.toContain(lockKey());
    });

    test('I3: of two deploys at once one works, the other is told who works, since when; then I2: one interrupt of the first', async () => {
      const elsewhere = join(folder, 'elsewhere');
      await mkdir(elsewhere);
      await cp(join(folder, 'peaches.config.json'), join(elsewhere, 'peaches.config.json'));
      const first = startIn(folder, ['deploy', STACK, '--yes'], access);
      await until(
        'the lock of the apply',
        async () => (await lockOf(environment))?.Operation === 'OperationTypeApply',
      );
      const [here, there, unlocked] = await Promise.all([
        call('deploy', STACK, '--yes', '--json'),
        callIn(elsewhere, ['deploy', STACK, '--yes', '--json'], '', access),
        call('unlock', STACK, '--yes', '--json'),
      ]);
      expect(await lockOf(environment)).toBeDefined();
      expect({ status: here.status, code: codeOf(here) }).toEqual({ status: 75, code: 'ENVIRONMENT_BUSY' });
      expect(here.stdout).toMatch(
        new RegExp(`\\S+@${hostname()}, process ${first.pid} \\(deploy, since \\d+ min\\)`),
      );
      expect({ status: there.status, code: codeOf(there) }).toEqual({ status: 75, code: 'STATE_LOCKED' });
      expect(there.stdout).toMatch(new RegExp(`locked by \\S+@${hostname()} \\(apply, since \\d+ min\\)`));
      // I4: who works on this host is not robbed, whatever is answered.
      expect({ status: unlocked.status, code: codeOf(unlocked) }).toEqual({
        status: 75,
        code: 'LOCK_HOLDER_ALIVE',
      });

      await until('something made', async () =>
        ((await lastApply())?.events ?? []).some(({ type }) => type === 'done'),
      );
      first.kill('SIGINT');
      const ended = await first;
      expect(ended.exitCode).toBe(130);
      expect(ended.stderr).toContain('INTERRUPTED');
      expect(await keys()).toEqual([stateKey(environment, STACK)]);
    });

    test('I1: what was killed and what was interrupted is ended by the next deploy, without an orphan', async () => {
      const again = await call('deploy', STACK, '--yes');
      expect({ status: again.status, stderr: again.stderr }).toEqual({ status: 0, stderr: '' });
      const { Body } = await s3.send(
        new GetObjectCommand({ Bucket: stateBucketName(environment), Key: stateKey(environment, STACK) }),
      );
      const state = await Body!.transformToString();
      const found = await inventoryOf(environment, access);
      expect(found.length).toBeGreaterThan(10);
      expect(found.filter(({ arn, name }) => !state.includes(arn) && !state.includes(`"${name}"`))).toEqual(
        [],
      );
      expect((await call('diff', STACK)).status).toBe(0);
    });

    test('I4: a lock of another host is shown with key, holder and age, and released by a yes alone; other environments keep theirs', async () => {
      const prod = { ...environment, name: 'prod' };
      const put = async (of: Environment, id: string): Promise<void> => {
        const Bucket = stateBucketName(of);
        const lock = {
          ...{
            ID: id,
            Operation: 'OperationTypeApply',
            Info: '',
            Who: 'deployer@elsewhere',
            Version: '1.11.4',
          },
          Created: new Date(Date.now() - 5 * MINUTES).toISOString(),
          Path: `${Bucket}/${stateKey(of, STACK)}`,
        };
        await s3.send(new PutObjectCommand({ Bucket, Key: lockKey(of), Body: JSON.stringify(lock) }));
      };
      await put(environment, '11111111-1111-1111-1111-111111111111');
      await put(prod, '22222222-2222-2222-2222-222222222222');
      const told = await call('unlock', '--yes', '--json');
      expect({ status: told.status, code: codeOf(told) }).toEqual({
        status: 77,
        code: 'LOCK_HOLDER_UNKNOWN',
      });
      const busy = await call('deploy', STACK, '--yes', '--json');
      expect({ status: busy.status, code: codeOf(busy) }).toEqual({ status: 75, code: 'STATE_LOCKED' });

      const answered = async (answer: string): Promise<string> => {
        const unlock = startAtTerminal(folder, ['unlock'], access);
        let shown = '';
        let typed = false;
        unlock.stdout.setEncoding('utf8').on('data', (text: string) => {
          shown += stripVTControlCharacters(text);
          if (typed || !/Release the lock on [^?]*\?\s+\(y\/N\)/.test(shown)) return;
          typed = true;
          unlock.stdin.write(`${answer}\r`);
        });
        expect((await unlock).exitCode).toBe(0);
        return shown;
      };
      const kept = await answered('n');
      expect(kept).toMatch(
        /acme\/dev\/foundation\.tfstate: held by deployer@elsewhere \(apply, since \d+ min\)/,
      );
      expect(kept).toContain('No lock was released.');
      expect(await keys()).toEqual(expect.arrayContaining([lockKey(), lockKey(prod)]));
      expect(await answered('y')).toContain('Released:');
      const left = await keys();
      expect(left).toContain(lockKey(prod));
      expect(left).not.toContain(lockKey());
    });
  },
);
