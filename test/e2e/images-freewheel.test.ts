import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { BatchGetImageCommand, CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { execa } from 'execa';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProject } from '../../cli/project.ts';
import type { Project } from '../../cli/project.ts';
import { bucketName, repositoryName } from '../../config/names.ts';
import { readPins } from '../../config/pins.ts';
import { freewheel } from '../../etl/freewheel/feed.ts';
import { OPERATIONS } from '../../etl/feed.ts';
import type { RunReport } from '../../etl/runtime/run.ts';
import { randomFrom } from '../../examples/random.ts';
import { generateFreewheelDay } from '../../examples/freewheel-day.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { deliverExternal, seedExternal } from '../../sandbox/external.ts';
import { requireSandbox, startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { BASE, requireLabTools, startEngineWithBase } from './images/lab.ts';
import { DOCKER, type PrivateEngine } from './images/private-engine.ts';
import { clientOf, registerFeed, type Emulated } from './images/stage-tasks.ts';
import { callIn, type Told } from './support/command-line.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

const DATE = '2026-01-31';
const INTERRUPTED = '2026-01-15';
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const NETWORK = '171213';
const EXTERNAL = 'fw-prod-v4logs';
const STAGES = Object.keys(freewheel.stages);
const CONFIG = {
  name: 'acme-media',
  environments: { dev: { account: '123456789012', region: 'us-east-1', target: 'sandbox' } },
  feeds: { freewheel: { networkId: NETWORK } },
};

/** Of a document all but the time at which it was written. */
const figures = (text: string): unknown => ({ ...(JSON.parse(text) as object), asOf: undefined });

/** Of a stage's report what does not depend on where it ran. */
const counts = ({ stages }: RunReport) =>
  stages.map(({ stage, units, rowsIn, rowsOut, rowsRejected, bytesIn }) => ({
    ...{ stage, units, rowsIn, rowsOut, rowsRejected, bytesIn },
  }));

describeWith(await lackOf(requireLabTools), 'FreeWheel’s stages as containers of a sandbox', () => {
  let folder: string;
  let project: Project;
  let engine: PrivateEngine;
  let emulated: Emulated;
  const stops: (() => Promise<unknown>)[] = [];
  const local = (): string => join(folder, 'local');
  const callOn = (base: string, ...argv: string[]): Promise<Told> =>
    callIn(folder, [...argv, '--json'], '', {
      ...engine.environment,
      PEACHES_ENGINE: DOCKER,
      PEACHES_BASE_IMAGE: base,
    });
  const call = (...argv: string[]): Promise<Told> => callOn(BASE, ...argv);
  const onEngine = async (...args: string[]): Promise<string> =>
    (await execa(DOCKER, args, { env: { ...engine.environment, DOCKER_BUILDKIT: '1' } })).stdout;

  /** The documents of a day are those of the local run. */
  const expectFiguresOf = async (date: string): Promise<void> => {
    const s3 = new S3Client(clientOf(emulated));
    const Bucket = bucketName(project.environment, 'freewheel-logs');
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const isOfDay = (key: string): boolean => key.endsWith('.json') && key.includes(date);
    const keys = Contents.map(({ Key = '' }) => Key).filter(isOfDay);
    const store = join(local(), 'store/freewheel-logs');
    const files = (await readdir(store, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(store, join(entry.parentPath, entry.name)));
    expect(keys.sort()).toEqual(files.filter(isOfDay).sort());
    expect(keys).toContain(`filtered/class=midroll/date=${date}/summary.json`);
    for (const Key of keys) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const remote = figures((await Body?.transformToString()) ?? '');
      const here = figures(await readFile(join(store, Key), 'utf8'));
      expect({ Key, figures: remote }).toEqual({ Key, figures: here });
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peaches-containers-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'peaches.config.json'), JSON.stringify(CONFIG));
    project = await openProject({
      cwd: folder,
      config: 'peaches.config.json',
      env: undefined,
      target: undefined,
    });
    const { environment: env } = project;
    engine = await startEngineWithBase(join(folder, 'engine'));
    stops.push(() => engine.stop());
    stops.push(() => stopSandbox({ root: folder }));
    const { endpoint } = await startSandbox({ root: folder });
    emulated = { env, endpoint: sandboxEnvironment(endpoint, env, {}) };
    const repository = { repositoryName: repositoryName(env, 'worker') };
    await new ECRClient(clientOf(emulated)).send(
      new CreateRepositoryCommand({ ...repository, imageTagMutability: 'IMMUTABLE' }),
    );
    const delivered = join(local(), 'store', EXTERNAL);
    await mkdir(delivered, { recursive: true });
    for (const date of [DATE, INTERRUPTED]) {
      const day = { folder: delivered, date, networkId: NETWORK, seed: 7 };
      await generateFreewheelDay({ ...day, files: 3, megabytesPerFile: 1 });
    }
    const customer = { endpoint, account: env.account, region: env.region };
    const params = env.feeds['freewheel'];
    await seedExternal(customer, freewheel, params);
    await deliverExternal(customer, freewheel, params, EXTERNAL, delivered);
    const s3 = new S3Client(clientOf(emulated));
    for (const alias of [OPERATIONS, 'freewheel-logs', 'freewheel-ids']) {
      await s3.send(new CreateBucketCommand({ Bucket: bucketName(env, alias) }));
    }
  }, 300_000);
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  }, 300_000);

  test('the image goes to the sandbox’s registry and is pinned by the digest that it gave back; again, nothing is sent', async () => {
    const pushed = await call('images', 'push');
    expect(pushed).toMatchObject({ status: 0 });
    const pin = (await readPins(folder, 'dev'))['worker'];
    expect(JSON.parse(pushed.stdout)).toMatchObject({ images: [{ digest: pin?.digest }] });
    const { registry } = await requireSandbox({ root: folder });
    const answer = await fetch(
      `http://${registry?.address ?? ''}/v2/${repositoryName(project.environment, 'worker')}/manifests/${pin?.tag ?? ''}`,
      { headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' } },
    );
    expect(answer.headers.get('docker-content-digest')).toBe(pin?.digest);
    const again = await call('images', 'push');
    expect(again.stderr).toContain('is in the registry already');
    expect(again.stderr).not.toContain('pushing');
    const listed = await call('images', 'ls');
    expect(JSON.parse(listed.stdout)).toMatchObject({
      images: [{ tag: pin?.tag, digest: pin?.digest, usedBy: ['dev'] }],
    });
  }, 300_000);

  test('with their task definitions’ limits, no rights but the declared ones and a read-only root they find the figures of a local run', async () => {
    const pin = (await readPins(folder, 'dev'))['worker'];
    if (pin === undefined) throw new Error('no pin');
    await registerFeed(emulated, pin, freewheel, 512);
    // The engine has no copy left: it pulls the digest that the task definitions name.
    await onEngine('rmi', `peaches-worker:${pin.tag}`);

    const here = await call('run', 'freewheel', '--date', DATE, '--local', local());
    expect(here.status).toBe(0);
    const [first = ''] = STAGES;
    const alone = await call('run', `freewheel.${first}`, '--date', DATE);
    expect({ ...alone, stdout: '' }).toMatchObject({ status: 0 });
    expect(alone.stderr).not.toContain('in this process');
    const all = await call('run', 'freewheel', '--date', DATE);
    expect({ ...all, stdout: '' }).toMatchObject({ status: 0 });
    const expected = counts(JSON.parse(here.stdout) as RunReport);
    const [stage] = counts(JSON.parse(alone.stdout) as RunReport);
    expect(stage).toEqual(expected[0]);
    expect(counts(JSON.parse(all.stdout) as RunReport)).toEqual([
      { ...expected[0], units: 0, rowsIn: 0, rowsOut: 0, rowsRejected: 0, bytesIn: 0 },
      ...expected.slice(1),
    ]);
    const again = await call('run', 'freewheel', '--date', DATE);
    expect((JSON.parse(again.stdout) as RunReport).stages.map(({ units }) => units)).toEqual(
      STAGES.map(() => 0),
    );
    expect(await onEngine('ps', '--all', '--quiet')).toBe('');

    await expectFiguresOf(DATE);
  }, 300_000);

  test(`E22: asked to end at random moments (SEED=${seed}) a container ends by itself; the next run converges`, async () => {
    const argv = ['run', 'freewheel', '--date', INTERRUPTED];
    expect((await call(...argv, '--local', local())).status).toBe(0);
    for (const milliseconds of [0, 1, 2].map(() => 1500 * random.next())) {
      const ended = new AbortController();
      const running = call(...argv).finally(() => ended.abort());
      let container = '';
      while (container === '' && !ended.signal.aborted) container = await onEngine('ps', '--quiet');
      await sleep(milliseconds);
      container = await onEngine('ps', '--quiet');
      if (container !== '') await onEngine('stop', '--time', '25', container);
      // Not 137: nothing had to be killed.
      expect([0, 1, 130, 143]).toContain((await running).status);
    }
    expect(await call(...argv)).toMatchObject({ status: 0 });
    await expectFiguresOf(INTERRUPTED);
  }, 480_000);

  test('two platforms are one tag: a list of both, pinned by its own digest', async () => {
    const { registry } = await requireSandbox({ root: folder });
    const base = `${registry?.address ?? ''}/peaches-test/node:22`;
    const context = join(folder, 'arm64');
    await mkdir(context);
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /etc/base\n');
    await onEngine('build', '--quiet', '--platform', 'linux/arm64', '--tag', `${base}-arm64`, context);
    await onEngine('tag', BASE, `${base}-amd64`);
    for (const part of ['amd64', 'arm64']) await onEngine('push', '--quiet', `${base}-${part}`);
    await onEngine('manifest', 'create', '--insecure', base, `${base}-amd64`, `${base}-arm64`);
    await onEngine('manifest', 'push', base);

    const pushed = await callOn(base, 'images', 'push', '--platform', 'linux/amd64,linux/arm64');
    expect({ ...pushed, stdout: '' }).toMatchObject({ status: 0 });
    const pin = (await readPins(folder, 'dev'))['worker'];
    const named = {
      repositoryName: repositoryName(project.environment, 'worker'),
      imageIds: [{ imageTag: pin?.tag }],
    };
    const { images = [] } = await new ECRClient(clientOf(emulated)).send(new BatchGetImageCommand(named));
    expect(images[0]?.imageId?.imageDigest).toBe(pin?.digest);
    const { manifests } = JSON.parse(images[0]?.imageManifest ?? '{}') as {
      manifests: { digest: string; platform: { architecture: string } }[];
    };
    expect(manifests.map(({ platform }) => platform.architecture).sort()).toEqual(['amd64', 'arm64']);
    // Neither the list nor its parts go while the list is in use.
    const pruned = await call('images', 'prune', '--keep', '1', '--yes');
    const { deleted } = JSON.parse(pruned.stdout) as { deleted: { digest: string }[] };
    for (const { digest } of [...manifests, { digest: pin?.digest }]) {
      expect(deleted.map((row) => row.digest)).not.toContain(digest);
    }
  }, 300_000);
});
