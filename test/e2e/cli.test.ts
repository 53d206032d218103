import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findTerraform } from '../../terraform/find.ts';
import { readPins } from '../../config/pins.ts';
import { BASE, requireLabTools, startEngineWithBase } from './images/lab.ts';
import { DOCKER, type PrivateEngine } from './images/private-engine.ts';
import { callIn, emulatorLack } from './support/command-line.ts';
import type { Told } from './support/command-line.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';
import { searchBuckets, searchFolder } from './support/traces.ts';

const DATE = '2026-01-15';
const MINUTES = 60_000;
jest.setTimeout(5 * MINUTES);
const lack = await emulatorLack(tmpdir());
const engineLack = await lackOf(requireLabTools);

/** Looked for wherever something is written or told. */
const PLANTED = { credential: 'planted-credential-4711', secret: 'planted-secret-0815' };

const LOG = [
  'TransactionId,EventName,TimePositionClass,MaxAds,MaxDuration,TimeUnfilled,AdsSelected,AdDuration,SeriesId,SiteId,SiteSectionId,PlatformDeviceId',
  'T1,slotImpression,midroll,6,180,60,4,120,S1,1,2,3',
  'T1,slotImpression,midroll,4,120,0,4,120,S1,1,2,3',
  'T2,slotImpression,midroll,4,120,120,0,0,S2,1,2,3',
  '',
].join('\n');

describeWith(lack, 'an account from nothing and back to nothing', () => {
  let folder: string;
  let traced: NodeJS.ProcessEnv;
  let engineFolder: string;
  let engine: PrivateEngine | undefined;
  const told: string[] = [];
  const call = async (...argv: string[]): Promise<Told> => {
    const answer = await callIn(folder, argv, '', traced);
    told.push(answer.stdout, answer.stderr);
    return answer;
  };
  const emulator = async (): Promise<string> => {
    const { stdout } = await call('sandbox', 'status', '--json');
    return (JSON.parse(stdout) as { endpoint: string }).endpoint;
  };
  const emulatorStore = async (): Promise<S3Client> => {
    return new S3Client({
      endpoint: await emulator(),
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    });
  };
  const onSandbox = (...argv: string[]): Promise<Told> => call(...argv, '--target', 'sandbox');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peaches-cli-'));
    const { command } = await findTerraform();
    const PEACHES_TERRAFORM = join(folder, 'terraform');
    const script = `#!/bin/sh\necho "$@" >> '${join(folder, 'argv')}'\nexec ${command} "$@"\n`;
    await writeFile(PEACHES_TERRAFORM, script, { mode: 0o755 });
    // Beside the folder, whose every file is searched below.
    engineFolder = await mkdtemp(join(tmpdir(), 'peaches-cli-engine-'));
    if (engineLack === undefined) engine = await startEngineWithBase(engineFolder);
    traced = {
      ...{ PEACHES_TERRAFORM, AWS_SECRET_ACCESS_KEY: PLANTED.credential },
      ...{ ...engine?.environment, PEACHES_ENGINE: DOCKER, PEACHES_BASE_IMAGE: BASE },
    };
  });
  afterAll(async () => {
    await call('sandbox', 'stop');
    await engine?.stop();
    for (const path of [folder, engineFolder]) await rm(path, { recursive: true, force: true });
  });

  test('init answers every question by flags', async () => {
    const told = await call(
      ...['init', '--yes', '--name', 'acme', '--account', '123456789012', '--region', 'us-east-1'],
      ...['--compute', 'ecs', '--warehouse', 'none', '--vpc', 'create', '--feeds', 'freewheel'],
      ...['--set', 'freewheel.networkId=171213'],
    );
    expect(told).toMatchObject({ status: 0, stderr: '' });
  });

  test('synth needs neither network nor credentials, and gives the same bytes twice', async () => {
    const read = () => readFile(join(folder, 'cdktf.out/stacks/acme-dev-freewheel/cdk.tf.json'), 'utf8');
    expect((await call('synth')).status).toBe(0);
    const first = await read();
    expect((await call('synth')).status).toBe(0);
    expect(await read()).toBe(first);
  });

  test('up says that the sandbox does not run', async () => {
    const { status, stderr } = await onSandbox('up', '--yes');
    expect(status).toBe(69);
    expect(stderr).toContain('sandbox start');
  });

  test('the sandbox starts, once', async () => {
    const first = await call('sandbox', 'start', '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ state: 'running' });
    expect(JSON.parse((await call('sandbox', 'start', '--json')).stdout)).toEqual(JSON.parse(first.stdout));
  });

  test('I6: another account than the pinned one is refused before anything is written, also with --yes', async () => {
    const config = JSON.parse(await readFile(join(folder, 'peaches.config.json'), 'utf8')) as {
      environments: Record<string, object>;
    };
    config.environments['other'] = { extends: 'dev', account: '210987654321' };
    await writeFile(join(folder, 'peaches.config.json'), JSON.stringify(config));
    const { endpoint } = JSON.parse((await call('sandbox', 'status', '--json')).stdout) as {
      endpoint: string;
    };
    const caller = {
      ...{ AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' },
      ...{ AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing' },
    };
    for (const command of [
      ['up'],
      ['deploy'],
      ['destroy', '--delete-data'],
      ['run', 'freewheel', '--date', DATE],
    ]) {
      const argv = [...command, '--env', 'other', '--target', 'aws', '--yes', '--json'];
      const { status, stdout } = await callIn(folder, argv, '', caller);
      expect(status).toBe(77);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ACCOUNT_MISMATCH' } });
    }
  });

  test(
    'diff of an empty account is all additions, upstream first',
    async () => {
      const { status, stdout } = await onSandbox('diff', '--json');
      expect(status).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({
        changes: true,
        stacks: [
          { stack: 'foundation', hasChanges: true, counts: { change: 0, remove: 0 } },
          { stack: 'freewheel', planned: false, after: 'foundation' },
        ],
      });
    },
    5 * MINUTES,
  );

  test(
    'up applies everything',
    async () => {
      const { status, stdout } = await onSandbox('up', '--yes', '--json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        stacks: [
          { stack: 'foundation', result: 'applied' },
          { stack: 'freewheel', result: 'applied' },
        ],
        missingSecrets: ['freewheel.api'],
      });
    },
    10 * MINUTES,
  );

  test('where an engine runs, up has built and pushed the image, and the task definitions name its digest', async () => {
    const pin = (await readPins(folder, 'dev'))['worker'];
    const { stdout } = await onSandbox('images', 'ls', '--json');
    const { images } = JSON.parse(stdout) as { images: { digest: string; usedBy: string[] }[] };
    const stages = ['extract', 'slots', 'ids', 'filter', 'by-item', 'load'];
    const users = ['dev', ...stages.map((stage) => `acme-dev-freewheel-${stage}:1`)];
    const expected = engine === undefined ? [] : [{ digest: pin?.digest, users: users.sort() }];
    expect(images.map(({ digest, usedBy }) => ({ digest, users: usedBy.sort() }))).toEqual(expected);
  });

  test(
    'afterwards there is nothing to change',
    async () => {
      const { status, stdout } = await onSandbox('diff');
      expect(stdout).toMatch(/no changes[^]*no changes/);
      expect(status).toBe(0);
    },
    5 * MINUTES,
  );

  test(
    'up again changes nothing',
    async () => {
      const { status, stdout } = await onSandbox('up', '--yes', '--json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        stacks: [
          { stack: 'foundation', result: 'unchanged' },
          { stack: 'freewheel', result: 'unchanged' },
        ],
      });
    },
    6 * MINUTES,
  );

  test(
    'a day runs on the stores of the environment',
    async () => {
      const s3 = await emulatorStore();
      const Bucket = 'fw-prod-v4logs';
      await s3.send(new CreateBucketCommand({ Bucket }));
      const Key = `171213/v4logs/${DATE}/part-1.csv.gz`;
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: gzipSync(LOG) }));
      s3.destroy();
      const run = await onSandbox('run', 'freewheel', '--date', DATE, '--json');
      expect(run.status).toBe(0);
      expect(run.stderr.includes('Stages run in this process')).toBe(engine === undefined);
      const { stages } = JSON.parse(run.stdout) as {
        stages: { stage: string; units: number; outputs: string[] }[];
      };
      expect(stages.find(({ stage }) => stage === 'filter')?.outputs).toContain(
        `freewheel-logs/filtered/class=midroll/date=${DATE}/summary.json`,
      );
      const again = await onSandbox('run', 'freewheel', '--date', DATE, '--json');
      expect((JSON.parse(again.stdout) as { stages: object[] }).stages).toEqual(
        stages.map(({ stage }) => expect.objectContaining({ stage, units: 0 }) as unknown),
      );
    },
    5 * MINUTES,
  );

  test(
    'status shows stacks and runs',
    async () => {
      const { stdout } = await onSandbox('status', '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        stacks: [{ stack: 'foundation' }, { stack: 'freewheel' }],
        runs: expect.arrayContaining([expect.objectContaining({ stage: 'slots', date: DATE })]) as unknown,
      });
    },
    5 * MINUTES,
  );

  test(
    'I11: a secret goes in by stdin; it and the credentials are in no file, object, argument or answer',
    async () => {
      const set = (input: string): Promise<Told> =>
        callIn(folder, ['secrets', 'set', 'freewheel.api', '--target', 'sandbox', '--json'], input, traced);
      const wrong = await set(`{"username": "u", "pasword": "${PLANTED.secret}"}`);
      expect(wrong.status).toBe(64);
      const right = await set(`{"username": "u", "password": "${PLANTED.secret}"}`);
      expect(right.status).toBe(0);
      const listed = await onSandbox('secrets', 'ls', '--json');
      expect(JSON.parse(listed.stdout)).toMatchObject({
        secrets: [{ secret: 'freewheel.api', state: 'set', days: 0 }],
      });
      await onSandbox('diff');
      await onSandbox('status', '--verbose');

      const words = Object.values(PLANTED);
      const answers = [...told, ...[wrong, right].flatMap(({ stdout, stderr }) => [stdout, stderr])];
      expect(answers.filter((text) => words.some((word) => text.includes(word)))).toEqual([]);
      const files = await searchFolder(folder, words);
      for (const place of [
        /\.tfplan$/,
        /\.tfstate$/,
        /cdk\.tf\.json$/,
        /-apply-.*\.jsonl$/,
        /argv$/,
        /sandbox\.log$/,
      ]) {
        expect(files.searched).toContainEqual(expect.stringMatching(place));
      }
      expect(files.found).toEqual([]);
      const s3 = await emulatorStore();
      const objects = await searchBuckets(s3, words);
      s3.destroy();
      expect(objects.searched).toContainEqual(expect.stringMatching(/\/runs\/freewheel\/slots\//));
      expect(objects.found).toEqual([]);
    },
    6 * MINUTES,
  );

  test(
    'destroy leaves nothing that costs anything',
    async () => {
      const { status, stdout } = await onSandbox('destroy', '--yes', '--delete-data', '--json');
      expect(status).toBe(0);
      const { left } = JSON.parse(stdout) as { left: { billable: boolean }[] };
      expect(left.filter(({ billable }) => billable)).toEqual([]);
    },
    10 * MINUTES,
  );
});
