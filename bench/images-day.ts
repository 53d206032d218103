import { readFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Environment } from '../config/environment.ts';
import { bucketName } from '../config/names.ts';
import { failed } from '../errors/errors.ts';
import { OPERATIONS } from '../etl/feed.ts';
import { freewheel } from '../etl/freewheel/feed.ts';
import { runStageContainer, type ContainerResult } from '../images/container.ts';
import { ensureWorkerImage } from '../images/ensure.ts';
import { deliverExternal, seedExternal } from '../sandbox/external.ts';
import { taskCredentials } from '../sandbox/task-credentials.ts';
import type { Lab } from '../test/e2e/images/lab.ts';
import { DOCKER } from '../test/e2e/images/private-engine.ts';
import { clientOf, registerFeed } from '../test/e2e/images/stage-tasks.ts';
import { cachedDay, DATE, layOut } from './day.ts';
import { readFigures } from './figures.ts';
import { assertTrue } from './freewheel.ts';

/** FreeWheel's stages as containers, each with the same little memory, over the generated gigabyte. */

const MEMORY_MIB = 512;
const MIB = 1 << 20;
const SAMPLE_MS = 50;
const PARAMS = { networkId: '171213' };
const DELIVERED = 'fw-prod-v4logs';

/** What a container's cgroup held at most. */
interface Peak {
  /** All that counts against the limit: pages of files, which the kernel takes back, included. */
  charged: number;
  /** Of the processes themselves, which it can't take back. */
  anonymous: number;
}

interface StageRun extends Peak, ContainerResult {
  readonly stage: string;
  readonly seconds: number;
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/** Reads the memory of a process's cgroup, of the first or second version; undefined once it is gone. */
const memoryOf = async (pid: string): Promise<Peak | undefined> => {
  const groups = await textOf(`/proc/${pid}/cgroup`);
  const [, first] = /^\d+:memory:(.*)$/m.exec(groups) ?? [];
  const [, second = ''] = /^0::(.*)$/m.exec(groups) ?? [];
  const folder = first === undefined ? `/sys/fs/cgroup${second}` : `/sys/fs/cgroup/memory${first}`;
  const [peak, stat] = await Promise.all([
    textOf(join(folder, first === undefined ? 'memory.peak' : 'memory.max_usage_in_bytes')),
    textOf(join(folder, 'memory.stat')),
  ]);
  const [, anonymous] = /^(?:total_rss|anon) (\d+)$/m.exec(stat) ?? [];
  return peak === '' || anonymous === undefined
    ? undefined
    : { charged: Number(peak), anonymous: Number(anonymous) };
};

/** Follows the one container of the engine until it has ended. */
const followMemory = async (lab: Lab, hasEnded: () => boolean): Promise<Peak> => {
  const peak: Peak = { charged: 0, anonymous: 0 };
  let pid = '';
  while (!hasEnded()) {
    const id = pid === '' ? await lab.docker('ps', '--quiet') : '';
    if (id !== '') pid = await lab.docker('inspect', '--format', '{{.State.Pid}}', id).catch(() => '');
    const seen = pid === '' ? undefined : await memoryOf(pid);
    peak.charged = Math.max(peak.charged, seen?.charged ?? 0);
    peak.anonymous = Math.max(peak.anonymous, seen?.anonymous ?? 0);
    await sleep(SAMPLE_MS);
  }
  return peak;
};

const runStage = async (lab: Lab, env: Environment, stage: string): Promise<StageRun> => {
  const begun = performance.now();
  let ended = false;
  const lines: string[] = [];
  const running = runStageContainer({
    ...{ root: join(lab.folder, 'project'), env, endpointEnvironment: lab.endpoint },
    ...{ engine: DOCKER, environment: lab.engine.environment },
    ...{ feed: freewheel.name, stage, args: ['--date', DATE], onLine: (line) => lines.push(line) },
    roleEnvironment: (role) => taskCredentials(lab.endpoint['AWS_ENDPOINT_URL'] ?? '', env.region, role),
  }).finally(() => (ended = true));
  const [result, peak] = await Promise.all([running, followMemory(lab, () => ended)]);
  if (result.exitCode !== 0) {
    throw failed({
      code: 'BENCH_RUN_FAILED',
      message: `${stage} ended with status ${result.exitCode}${result.outOfMemory ? ', out of memory' : ''}.`,
      hint: lines.slice(-3).join('\n'),
    });
  }
  return { stage, ...result, ...peak, seconds: (performance.now() - begun) / 1000 };
};

/** Puts the day where FreeWheel delivers it, and the names of its items where the feed keeps them. */
const deliver = async (lab: Lab, env: Environment, store: string): Promise<void> => {
  const s3 = new S3Client(clientOf(lab));
  for (const alias of [OPERATIONS, 'freewheel-logs', 'freewheel-ids']) {
    await s3.send(new CreateBucketCommand({ Bucket: bucketName(env, alias) }));
  }
  const names = join(store, 'freewheel-ids');
  for (const entry of await readdir(names, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const Body = await readFile(file);
    const Bucket = bucketName(env, 'freewheel-ids');
    await s3.send(new PutObjectCommand({ Bucket, Key: relative(names, file), Body }));
  }
  const customer = {
    endpoint: lab.endpoint['AWS_ENDPOINT_URL'] ?? '',
    ...{ account: env.account, region: env.region },
  };
  await seedExternal(customer, freewheel, PARAMS);
  await deliverExternal(customer, freewheel, PARAMS, DELIVERED, join(store, DELIVERED));
};

/** Brings what was published into a folder. */
const fetchDocuments = async (lab: Lab, env: Environment, folder: string): Promise<void> => {
  const s3 = new S3Client(clientOf(lab));
  const Bucket = bucketName(env, 'freewheel-logs');
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    for (const { Key = '' } of Contents) {
      if (!Key.endsWith('.json')) continue;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      await mkdir(dirname(join(folder, Key)), { recursive: true });
      await writeFile(join(folder, Key), (await Body?.transformToString()) ?? '');
    }
  }
};

/**
 * Runs the day once and compares its figures with what the generator counted.
 * @param data `bench/data`
 * @returns the section of the results
 */
export const dayUnderLimit = async (lab: Lab, data: string, on: Date): Promise<string> => {
  const env: Environment = { ...(await lab.environment('day')), feeds: { [freewheel.name]: PARAMS } };
  const day = await cachedDay(data);
  const arena = await layOut(day, join(data, 'arena-images'), 1);
  await deliver(lab, env, join(arena.dir, 'store'));
  const pin = await ensureWorkerImage(lab.ensure([], { env }));
  await registerFeed({ ...lab, env }, pin, freewheel, MEMORY_MIB);
  const runs: StageRun[] = [];
  for (const stage of Object.keys(freewheel.stages)) runs.push(await runStage(lab, env, stage));
  const published = join(lab.folder, 'published');
  await fetchDocuments(lab, env, published);
  assertTrue(await readFigures(published, DATE), day);
  const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
  return [
    '## Images under 512 MiB',
    '',
    `${on.toISOString().slice(0, 10)}. The day of ${String(day.truth.files)} files, ${(day.truth.bytes / 1e9).toFixed(2)} GB of CSV, from and to the emulator’s S3.`,
    `Every stage is a container with the limit of ${String(MEMORY_MIB)} MiB, no swap, non-root, a read-only root and the`,
    'task definition’s CPU. The sums published equal what the generator counted. All memory is the peak of the',
    'container’s cgroup, pages of files included, which the kernel takes back when there is need.',
    '',
    '| stage | exit | out of memory | s | peak MiB, all | of the process |',
    '| --- | --- | --- | --- | --- | --- |',
    ...runs.map(
      ({ stage, exitCode, outOfMemory, seconds, charged, anonymous }) =>
        `| ${stage} | ${String(exitCode)} | ${outOfMemory ? 'yes' : 'no'} | ${seconds.toFixed(1)} | ${mib(charged)} | ${mib(anonymous)} |`,
    ),
    '',
  ].join('\n');
};
