import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { taskFamilyName } from '../../config/names.ts';
import { imageReference, type ImagePin } from '../../config/pins.ts';
import { runStageContainer, type ContainerResult } from '../../images/container.ts';
import { ensureWorkerImage } from '../../images/ensure.ts';
import { listImages, pruneImages } from '../../images/list.ts';
import { trustPolicy } from '../../policies/trust.ts';
import { taskCredentials } from '../../sandbox/task-credentials.ts';
import { requireLabTools, startLab, type Lab } from './images/lab.ts';
import { DOCKER } from './images/private-engine.ts';
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

  const settings = () => ({
    region: lab.env.region,
    endpoint: lab.endpoint['AWS_ENDPOINT_URL'] ?? '',
    credentials: { accessKeyId: lab.env.account, secretAccessKey: 'testing' },
  });

  /** As the stacks declare them (stacks/constructs/stage-task.ts). */
  const register = async (stage: string): Promise<void> => {
    await new IAMClient(settings()).send(
      new CreateRoleCommand({
        RoleName: `${FEED}-${stage}`,
        AssumeRolePolicyDocument: trustPolicy(lab.env, 'ecs-tasks'),
      }),
    );
    await new ECSClient(settings()).send(
      new RegisterTaskDefinitionCommand({
        family: taskFamilyName(lab.env, FEED, stage),
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '512',
        memory: '512',
        taskRoleArn: `arn:aws:iam::${lab.env.account}:role/${FEED}-${stage}`,
        volumes: [{ name: 'scratch' }],
        containerDefinitions: [
          {
            name: 'worker',
            image: imageReference(pin),
            command: [`${FEED}.${stage}`],
            environment: [{ name: 'GREETING', value: 'good day' }],
            user: '1000:1000',
            readonlyRootFilesystem: true,
            linuxParameters: { initProcessEnabled: true },
            mountPoints: [{ sourceVolume: 'scratch', containerPath: '/tmp' }],
          },
        ],
      }),
    );
  };

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
    for (const stage of ['rights', 'wait', 'hog', 'query', 'unknown']) await register(stage);
  }, 240_000);
  afterAll(() => stopLab(), 60_000);

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
  }, 60_000);

  test('its exit code comes through, and native code runs in it', async () => {
    expect(await run('unknown')).toMatchObject({ exitCode: 64, lines: [`no stage ${FEED}.unknown`] });
    expect(await run('query')).toMatchObject({ exitCode: 0, lines: ['[{"answer":42}]'] });
  }, 60_000);

  test('an interrupted one is asked to end, and ends', async () => {
    const interrupt = new AbortController();
    const ended = await run('wait', {
      signal: interrupt.signal,
      onLine: (line) => {
        if (line === 'waiting') interrupt.abort();
      },
    });
    expect(ended).toMatchObject({ exitCode: 0, lines: ['waiting', 'ending'] });
  }, 60_000);

  test('one that wants more memory than the task definition grants is killed, and that is said', async () => {
    expect(await run('hog')).toMatchObject({ exitCode: 137, outOfMemory: true });
  }, 60_000);

  test('the image is pulled by its digest when the engine has no copy', async () => {
    await lab.docker('rmi', `peaches-worker:${pin.tag}`);
    expect(await run('query')).toMatchObject({ exitCode: 0, lines: ['[{"answer":42}]'] });
  }, 60_000);

  test('what a task definition names is in use, and a stage without one is refused', async () => {
    const request = { root: join(lab.folder, 'elsewhere'), env: lab.env, endpointEnvironment: lab.endpoint };
    const [row] = await listImages(request);
    expect(row?.usedBy).toContain(`${taskFamilyName(lab.env, FEED, 'rights')}:1`);
    expect((await pruneImages({ ...request, keep: 1 })).deleted).toEqual([]);
    await expect(run('nobody')).rejects.toMatchObject({ code: 'TASK_DEFINITION_MISSING' });
  }, 60_000);
});
