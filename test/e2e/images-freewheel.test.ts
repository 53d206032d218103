import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { bucketName } from '../../config/names.ts';
import { wiringOf } from '../../config/wiring.ts';
import type { ImagePin } from '../../config/pins.ts';
import { freewheel } from '../../etl/freewheel/feed.ts';
import { openLocalPlace } from '../../etl/runtime/places/local.ts';
import { runFeed } from '../../etl/runtime/runner.ts';
import { OPERATIONS } from '../../etl/feed.ts';
import { generateFreewheelDay } from '../../examples/freewheel-day.ts';
import { runStageContainer } from '../../images/container.ts';
import { ensureWorkerImage } from '../../images/ensure.ts';
import { stagePolicy } from '../../policies/stage.ts';
import { deliverExternal, seedExternal } from '../../sandbox/external.ts';
import { taskCredentials } from '../../sandbox/task-credentials.ts';
import { declaredAccess } from '../../stacks/access.ts';
import { requireLabTools, startLab, type Lab } from './images/lab.ts';
import { DOCKER } from './images/private-engine.ts';
import { clientOf, registerStage } from './images/stage-tasks.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

const DATE = '2026-01-31';
const NETWORK = '171213';
const EXTERNAL = 'fw-prod-v4logs';
const STAGES = ['extract', 'slots', 'ids', 'filter', 'by-item', 'load'] as const;

/** Of a document all but the time at which it was written. */
const figures = (text: string): unknown => ({ ...(JSON.parse(text) as object), asOf: undefined });

describeWith(await lackOf(requireLabTools), 'FreeWheel’s stages as containers', () => {
  let lab: Lab;
  let pin: ImagePin;
  let env: Environment;
  let stopLab = (): Promise<void> => Promise.resolve();
  const local = (): string => join(lab.folder, 'local');
  const delivered = (): string => join(local(), 'store', EXTERNAL);

  const params = freewheel.params.parse({ networkId: NETWORK });

  beforeAll(async () => {
    lab = await startLab();
    stopLab = () => lab.stop();
    env = { ...lab.env, feeds: { freewheel: params } };
    pin = await ensureWorkerImage(lab.ensure([]));
    await mkdir(delivered(), { recursive: true });
    const day = { folder: delivered(), date: DATE, networkId: NETWORK, seed: 7 };
    await generateFreewheelDay({ ...day, files: 3, megabytesPerFile: 1 });
    const endpoint = lab.endpoint['AWS_ENDPOINT_URL'] ?? '';
    const customer = { endpoint, account: env.account, region: env.region };
    await seedExternal(customer, freewheel, params);
    await deliverExternal(customer, freewheel, params, EXTERNAL, delivered());
    const s3 = new S3Client(clientOf(lab));
    for (const alias of [OPERATIONS, 'freewheel-logs', 'freewheel-ids']) {
      await s3.send(new CreateBucketCommand({ Bucket: bucketName(env, alias) }));
    }
    const dataKeyArn = `arn:aws:kms:${env.region}:${env.account}:key/data`;
    for (const stage of STAGES) {
      await registerStage(lab, {
        pin,
        feed: 'freewheel',
        stage,
        memoryMiB: 512,
        vcpu: 1,
        environment: { PEACHES_WIRING: JSON.stringify(wiringOf(env, freewheel)) },
        policy: stagePolicy({
          region: env.region,
          ...declaredAccess(env, freewheel, stage),
          secretArns: [],
          dataKeyArn,
        }),
      });
    }
  }, 300_000);
  afterAll(() => stopLab(), 60_000);

  test('with 512 MiB, no rights but the declared ones and a read-only root they find the figures of a local run', async () => {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const place = await openLocalPlace(local(), freewheel);
    const { signal } = new AbortController();
    await runFeed({ feed: freewheel, date: DATE, params, place, log, signal });
    await place.close();

    for (const stage of STAGES) {
      const lines: string[] = [];
      const ended = await runStageContainer({
        root: join(lab.folder, 'project'),
        env,
        endpointEnvironment: lab.endpoint,
        engine: DOCKER,
        environment: lab.engine.environment,
        roleEnvironment: (role) => taskCredentials(lab.endpoint['AWS_ENDPOINT_URL'] ?? '', env.region, role),
        feed: 'freewheel',
        stage,
        args: ['--date', DATE],
        onLine: (line) => lines.push(line),
      });
      expect({ stage, ...ended, lines: ended.exitCode === 0 ? [] : lines }).toEqual({
        stage,
        exitCode: 0,
        outOfMemory: false,
        lines: [],
      });
    }

    const s3 = new S3Client(clientOf(lab));
    const Bucket = bucketName(env, 'freewheel-logs');
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const keys = Contents.map(({ Key = '' }) => Key).filter((key) => key.endsWith('.json'));
    const here = join(local(), 'store/freewheel-logs');
    const files = (await readdir(here, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => relative(here, join(entry.parentPath, entry.name)));
    expect(keys.sort()).toEqual(files.sort());
    expect(keys).toContain(`filtered/class=midroll/date=${DATE}/summary.json`);
    for (const Key of keys) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const remote = figures((await Body?.transformToString()) ?? '');
      expect({ Key, figures: remote }).toEqual({
        Key,
        figures: figures(await readFile(join(here, Key), 'utf8')),
      });
    }
  }, 240_000);
});
