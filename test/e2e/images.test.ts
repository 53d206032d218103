import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPins } from '../../config/pins.ts';
import { buildSet, ensureWorkerImage, planWorker } from '../../images/ensure.ts';
import type { ImageEvent } from '../../images/events.ts';
import { listImages, pruneImages } from '../../images/list.ts';
import { makeBaseImage } from './images/base-image.ts';
import { PASSWORD, requireLabTools, startLab, type Lab } from './images/lab.ts';
import { DOCKER } from './images/private-engine.ts';
import { watchProcesses } from './images/process-watch.ts';
import { startRegistry, storedLayers } from './images/registry.ts';
import { clientOf } from './images/stage-tasks.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const STAND_IN = join(REPOSITORY, 'test/images/stand-in');

const kinds = (events: readonly ImageEvent[]): string[] =>
  events.map(({ kind }) => kind).filter((kind) => kind !== 'line');

describeWith(await lackOf(requireLabTools), 'the worker image, on a real engine and registry', () => {
  let lab: Lab;
  let stopLab = (): Promise<void> => Promise.resolve();
  let events: ImageEvent[];

  /** A copy of the stand-in that says something else, so that its image is another. */
  const sourcesSaying = async (word: string): Promise<string> => {
    const folder = join(lab.folder, 'sources', word);
    await cp(STAND_IN, folder, { recursive: true });
    await writeFile(
      join(folder, 'parts/thread.ts'),
      `import { parentPort } from 'node:worker_threads';
parentPort?.postMessage('${word}');\n`,
    );
    return folder;
  };
  const ensure = async (word: string, more: object = {}) =>
    ensureWorkerImage(lab.ensure(events, { sources: await sourcesSaying(word), ...more }));
  const pinned = async () => (await readPins(join(lab.folder, 'project'), 'dev'))['worker'];

  beforeAll(async () => {
    lab = await startLab();
    stopLab = () => lab.stop();
    await mkdir(join(lab.folder, 'sources'));
    await symlink(join(REPOSITORY, 'node_modules'), join(lab.folder, 'node_modules'));
  }, 300_000);
  afterAll(() => stopLab(), 300_000);
  beforeEach(() => {
    events = [];
    lab.requests.length = 0;
    lab.faults.refuse = () => undefined;
  });

  test('is built, pushed and pinned; unchanged sources then need no engine and send nothing', async () => {
    const pin = await ensure('first');
    expect(kinds(events)).toEqual(['planned', 'building', 'built', 'pushing', 'pushed']);
    expect(await pinned()).toEqual(pin);
    const { status, headers } = await fetch(
      `http://127.0.0.1:${lab.faults.registry.port}/v2/acme-media-dev/worker/manifests/${pin.tag}`,
      {
        headers: {
          accept: 'application/vnd.docker.distribution.manifest.v2+json',
          authorization: `Basic ${Buffer.from(`AWS:${PASSWORD}`).toString('base64')}`,
        },
      },
    );
    expect([status, headers.get('docker-content-digest')]).toEqual([200, pin.digest]);

    events = [];
    lab.requests.length = 0;
    const again = await ensure('first', { engine: '/nowhere/docker' });
    expect(kinds(events)).toEqual(['planned', 'unchanged']);
    expect(again).toEqual(pin);
    expect(lab.requests).toEqual([]);
  }, 300_000);

  test('pulled by digest it runs as nobody special on a read-only root, with its native module and threads', async () => {
    const pin = await ensure('first');
    await lab.docker('builder', 'prune', '--all', '--force');
    await lab.docker('rmi', `peaches-worker:${pin.tag}`);
    await lab.docker(
      'login',
      '--username',
      'AWS',
      '--password',
      PASSWORD,
      pin.repository.split('/')[0] ?? '',
    );
    const reference = `${pin.repository}@${pin.digest ?? ''}`;
    await lab.docker('pull', reference);
    const run = (stage: string): Promise<string> =>
      lab.docker('run', '--rm', '--network', 'none', '--read-only', '--cap-drop', 'ALL', reference, stage);
    expect(await run('query')).toBe('[{"answer":42}]');
    expect(await run('thread')).toBe('first');
    expect(JSON.parse(await run('rights'))).toMatchObject({ user: 1000, writesApp: false, version: pin.tag });
    const files = await lab.docker(
      'run',
      '--rm',
      '--entrypoint',
      'node',
      reference,
      '-p',
      'fs.readdirSync(".").join()',
    );
    expect(files.split(',')).not.toContain('Dockerfile');
    expect(files).not.toMatch(/cdktf|commander/);
  }, 300_000);

  test('one changed source file makes another image of which the native layer is not sent again', async () => {
    const before = await ensure('second');
    lab.requests.length = 0;
    const after = await ensure('third');
    expect(after.tag).not.toBe(before.tag);
    const layers = lab.requests.filter((request) => request.startsWith('PATCH'));
    // The changed files, and the image's own description.
    expect(layers).toHaveLength(2);
  }, 300_000);

  test('I7: a registry that throttles is asked again', async () => {
    let refusals = 2;
    lab.faults.refuse = (method) => (method === 'POST' && refusals-- > 0 ? 429 : undefined);
    const pin = await ensure('throttled');
    expect(kinds(events)).toContain('retrying');
    expect(pin.digest).toMatch(/^sha256:/);
  }, 300_000);

  test('I7: a registry that fails at a later layer is asked again; layers that arrived are not sent again', async () => {
    await ensure('second');
    let sent = 0;
    lab.faults.refuse = (method) => (method === 'PATCH' && ++sent === 2 ? 500 : undefined);
    lab.requests.length = 0;
    const pin = await ensure('failing');
    expect(pin.digest).toMatch(/^sha256:/);
    // Two new blobs, the changed files and the image's description, and the one that had to be repeated.
    expect(lab.requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(3);
  }, 300_000);

  test('I7: a registry that dies in the middle of a push leaves the pin as it was; the next push goes on', async () => {
    const before = await ensure('first');
    const env = await lab.environment('dies');
    const old = lab.faults.registry;
    const { port } = old;
    const empty = join(lab.folder, 'empty-registry');
    await old.stop();
    lab.faults.registry = await startRegistry(empty, PASSWORD, port);
    const firstLayer = new Promise<void>((done) => {
      lab.faults.refuse = (method, path) => {
        // The first layer has arrived; it is the end for the others.
        if (method === 'PUT' && path.includes('/blobs/uploads/')) setTimeout(done, 1500);
        return undefined;
      };
    });
    const killed = firstLayer.then(() => lab.faults.registry.stop('SIGKILL'));
    const sources = await sourcesSaying('dies');
    const request = lab.ensure(events, { env, sources });
    await expect(ensureWorkerImage(request)).rejects.toMatchObject({
      code: 'IMAGE_PUSH_FAILED',
      exitCode: 1,
      hint: expect.stringContaining('not sent twice'),
    });
    await killed;
    expect(await readPins(request.root, 'dies')).toEqual({});
    expect(await pinned()).toEqual(before);

    lab.faults.refuse = () => undefined;
    lab.faults.registry = await startRegistry(empty, PASSWORD, port);
    const arrived = await storedLayers(empty, 'acme-media-dies/worker');
    expect(arrived).toBeGreaterThan(0);
    lab.requests.length = 0;
    events = [];
    const resumed = await ensureWorkerImage(lab.ensure(events, { env, sources }));
    expect(resumed.digest).toMatch(/^sha256:/);
    expect(kinds(events)).toEqual(['planned', 'present', 'pushing', 'pushed']);
    // What the engine knows to have arrived is not sent again.
    const layers = await storedLayers(empty, 'acme-media-dies/worker');
    expect(lab.requests.filter((request) => request.startsWith('PATCH')).length).toBeLessThan(layers);

    await lab.faults.registry.stop();
    lab.faults.registry = await startRegistry(join(lab.folder, 'registry'), PASSWORD, port);
  }, 300_000);

  test('I7: a full disk and a stopped daemon are told apart, and nothing is pinned', async () => {
    const before = await pinned();
    const folder = join(lab.folder, 'small');
    await mkdir(folder);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=170m', 'tmpfs', folder]);
    try {
      const engine = await lab.furtherEngine(folder);
      try {
        await makeBaseImage([DOCKER, engine.environment], lab.base);
        const small = { environment: engine.environment };
        await expect(ensure('full', small)).rejects.toMatchObject({ code: 'IMAGE_DISK_FULL', exitCode: 1 });
        expect(await pinned()).toEqual(before);
        await execa('mount', ['-o', 'remount,size=1g', folder]);
        expect((await ensure('full', small)).digest).toMatch(/^sha256:/);
      } finally {
        await engine.stop();
      }
      const afterwards = await pinned();
      await expect(ensure('stopped', { environment: engine.environment })).rejects.toMatchObject({
        code: 'ENGINE_NOT_RUNNING',
        exitCode: 69,
      });
      expect(await pinned()).toEqual(afterwards);
    } finally {
      await execa('umount', ['--recursive', folder]);
    }
  }, 300_000);

  test('the password goes to standard input and nowhere else', async () => {
    const notes = join(lab.folder, 'calls');
    const client = join(lab.folder, 'docker-noting');
    await writeFile(client, `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >> ${notes}\nexec ${DOCKER} "$@"\n`);
    await chmod(client, 0o755);
    const token = Buffer.from(`AWS:${PASSWORD}`).toString('base64');
    const watched = watchProcesses([PASSWORD, token]);
    await ensure('secretive', { engine: client });
    const seen = await watched.stop();
    expect(seen.processes).toBeGreaterThan(0);
    expect(seen.telling).toEqual([]);
    const noted = await readFile(notes, 'utf8');
    expect(noted).toContain('--password-stdin');
    for (const text of [noted, JSON.stringify(events)]) {
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain(token);
    }
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith(`peaches-login-${process.pid}-`));
    expect(left).toEqual([]);
    const found = await execa('grep', ['-rlE', `${PASSWORD}|${token}`, join(lab.folder, 'project')], {
      reject: false,
    });
    expect(found.stdout).toBe('');
  }, 300_000);

  test('another platform gets its own native files, and no image of the wrong platform is passed off as it', async () => {
    const request = {
      ...lab.ensure(events),
      sources: await sourcesSaying('arm'),
      platforms: ['linux/arm64'] as const,
    };
    const set = await planWorker(request);
    const [binding] = set.plans[0].native.filter(({ path }) => path.endsWith('duckdb.node'));
    expect(binding?.path).toContain('linux-arm64');
    // This machine's base is of the other platform, and cannot be fetched for this one.
    await expect(buildSet(set, request)).rejects.toMatchObject({
      ...{ code: 'IMAGE_BASE_MISSING', exitCode: 69, message: expect.stringContaining('linux/arm64') },
    });
    // The classic builder takes the copy that is there.
    const classic = { ...request, environment: { ...lab.engine.environment, DOCKER_BUILDKIT: '0' } };
    await expect(buildSet(set, classic)).rejects.toMatchObject({
      ...{ code: 'IMAGE_WRONG_PLATFORM', exitCode: 69, message: expect.stringContaining('linux/amd64') },
    });
    await expect(ensureWorkerImage(request)).rejects.toMatchObject({ code: 'ARCHITECTURE_MISMATCH' });
  }, 300_000);

  test('a wrong client is named, and what to install', async () => {
    await expect(ensure('no-engine', { engine: '/nowhere/docker' })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      exitCode: 69,
    });
  });

  test('prune keeps the newest and whatever an environment or the unit of a host uses', async () => {
    const operations = { bucket: 'operations-of-dev', prefix: 'host/' };
    const hostUnits = [
      { environment: 'dev', ...operations },
      { environment: 'unborn', ...operations, bucket: 'operations-of-unborn' },
    ];
    const root = join(lab.folder, 'project');
    const request = { root, env: lab.env, endpointEnvironment: lab.endpoint, hostUnits };
    const rows = await listImages(request);
    expect(rows.length).toBeGreaterThan(3);
    const used = rows.filter(({ usedBy }) => usedBy.includes('dev'));
    expect(used).toHaveLength(1);
    const ofHost = rows.findLast(({ usedBy }) => usedBy.length === 0);
    const s3 = new S3Client(clientOf(lab));
    await s3.send(new CreateBucketCommand({ Bucket: operations.bucket }));
    const Key = 'host/peaches-run-freewheel.service';
    const Body = `[Service]\nEnvironment="PEACHES_IMAGE=acme-media-dev/worker@${ofHost?.digest ?? ''}"\n`;
    await s3.send(new PutObjectCommand({ Bucket: operations.bucket, Key, Body }));
    const { deleted, kept } = await pruneImages({ ...request, keep: 1 });
    expect(kept.map(({ digest }) => digest)).toEqual(
      expect.arrayContaining([rows[0]?.digest, used[0]?.digest, ofHost?.digest]),
    );
    expect(kept.find(({ digest }) => digest === ofHost?.digest)?.usedBy).toEqual([
      'dev:peaches-run-freewheel.service',
    ]);
    expect(deleted.length).toBeGreaterThan(0);
    expect(kept.length + deleted.length).toBe(rows.length);
    expect((await listImages(request)).map(({ digest }) => digest)).toEqual(kept.map(({ digest }) => digest));
  }, 300_000);
});
