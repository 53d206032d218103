import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { taskFamilyName } from '../../config/names.ts';
import type { ImagePin } from '../../config/pins.ts';
import { runStageContainer, type ContainerResult } from '../../images/container.ts';
import { ensureWorkerImage } from '../../images/ensure.ts';
import { listImages, pruneImages } from '../../images/list.ts';
import { taskCredentials } from '../../sandbox/task-credentials.ts';
import { requireLabTools, startLab, type Lab } from './images/lab.ts';
import { DOCKER } from './images/private-engine.ts';
import { registerStage } from './images/stage-tasks.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

const STAND_IN = fileURLToPath(new URL('../images/stand-in', import.meta.url));
const FEED = 'stand-in';

interface Ended extends ContainerResult {
  readonly lines: readonly string[];
}

describeWith(await lackOf(requireLabTools), 'a stage’s container on the local engine', () => {
  let lab: Lab;
  let pin: ImagePin;
  let stopLab = (): Promise<void> => Promise.resolve();

  const run = async (
    stage: string,
    more: { args?: string[]; signal?: AbortSignal; onLine?: (line: string) => void } = {},
  ): Promise<Ended> => {
    const lines: string[] = [];
    const result = await runStageContainer({
      root: join(lab.folder, 'project'),
      env: lab.env,
      endpointEnvironment: lab.endpoint,
      engine: DOCKER,
      environment: lab.engine.environment,
      roleEnvironment: (role) =>
        taskCredentials(lab.endpoint['AWS_ENDPOINT_URL'] ?? '', lab.env.region, role),
      feed: FEED,
      stage,
      ...more,
      onLine: (line) => {
        lines.push(line);
        more.onLine?.(line);
      },
    });
    return { ...result, lines };
  };

  beforeAll(async () => {
    lab = await startLab();
    stopLab = () => lab.stop();
    pin = await ensureWorkerImage(lab.ensure([], { sources: STAND_IN }));
    for (const stage of ['rights', 'wait', 'hog', 'query', 'unknown']) {
      const policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:GetCallerIdentity', Resource: '*' }],
      });
      const environment = { GREETING: 'good day' };
      await registerStage(lab, { pin, feed: FEED, stage, memoryMiB: 512, vcpu: 0.5, environment, policy });
    }
  }, 300_000);
  afterAll(() => stopLab(), 300_000);

  test('it has the environment, user, role and rights of the task definition', async () => {
    const { exitCode, outOfMemory, lines } = await run('rights', { args: ['--date', '2026-01-31'] });
    expect(lines.join('\n')).toMatch(/^\{.*\}$/);
    expect({ exitCode, outOfMemory }).toEqual({ exitCode: 0, outOfMemory: false });
    const said = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
    expect(said).toMatchObject({
      user: 1000,
      writesApp: false,
      greeting: 'good day',
      endpoint: lab.endpoint['AWS_ENDPOINT_URL'],
      args: ['--date', '2026-01-31'],
    });
    expect(said['caller']).toContain(`:assumed-role/${FEED}-rights/`);
    expect(await lab.docker('ps', '--all', '--quiet')).toBe('');
    expect(await lab.docker('volume', 'ls', '--quiet')).toBe('');
  }, 300_000);

  test('its exit code comes through, and native code runs in it', async () => {
    expect(await run('unknown')).toMatchObject({ exitCode: 64, lines: [`no stage ${FEED}.unknown`] });
    expect(await run('query')).toMatchObject({ exitCode: 0, lines: ['[{"answer":42}]'] });
  }, 300_000);

  test('an interrupted one is asked to end, and ends', async () => {
    const interrupt = new AbortController();
    const ended = await run('wait', {
      signal: interrupt.signal,
      onLine: (line) => {
        if (line === 'waiting') interrupt.abort();
      },
    });
    expect(ended).toMatchObject({ exitCode: 0, lines: ['waiting', 'ending'] });
  }, 300_000);

  test('one that wants more memory than the task definition grants is killed, and that is said', async () => {
    expect(await run('hog')).toMatchObject({ exitCode: 137, outOfMemory: true });
  }, 300_000);

  test('the image is pulled by its digest when the engine has no copy', async () => {
    await lab.docker('rmi', `peaches-worker:${pin.tag}`);
    expect(await run('query')).toMatchObject({ exitCode: 0, lines: ['[{"answer":42}]'] });
  }, 300_000);

  test('what a task definition names is in use, and a stage without one is refused', async () => {
    const root = join(lab.folder, 'elsewhere');
    const request = { root, env: lab.env, endpointEnvironment: lab.endpoint, hostUnits: [] };
    const [row] = await listImages(request);
    expect(row?.usedBy).toContain(`${taskFamilyName(lab.env, FEED, 'rights')}:1`);
    expect((await pruneImages({ ...request, keep: 1 })).deleted).toEqual([]);
    await expect(run('nobody')).rejects.toMatchObject({ code: 'TASK_DEFINITION_MISSING' });
  }, 300_000);
});
