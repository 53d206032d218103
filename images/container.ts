import { randomUUID } from 'node:crypto';
import { execa } from 'execa';
import type { Environment } from '../config/environment.ts';
import { readPins } from '../config/pins.ts';
import { missing } from '../errors/errors.ts';
import { isPresent, localReference } from './build.ts';
import { openRepository, registryLogin, remoteReference, type EndpointEnvironment } from './ecr.ts';
import { callEngine, findEngine, type Engine, type EngineChoice } from './engine.ts';
import { withLogin } from './login.ts';
import { WORKER } from './plan.ts';
import { taskLimits, type TaskLimits } from './task.ts';

/** Seconds from SIGTERM to SIGKILL: the worker ends within 25. */
const STOP_SECONDS = 30;

export interface StageContainerRequest extends EngineChoice {
  /** Folder of the configuration file. */
  readonly root: string;
  readonly env: Environment;
  readonly endpointEnvironment: EndpointEnvironment;
  /** The variables by which a container finds the credentials of a task's role. */
  readonly roleEnvironment: (roleArn: string) => Readonly<Record<string, string>>;
  readonly feed: string;
  readonly stage: string;
  /** After `FEED.STAGE`: `['--date', '2026-01-31']`. Absent: the task definition's own. */
  readonly args?: readonly string[];
  /** Told each line of the container's log as it comes. */
  readonly onLine: (line: string) => void;
  /** Aborting asks the container to end and waits until it has. */
  readonly signal?: AbortSignal;
}

export interface ContainerResult {
  readonly exitCode: number;
  /** It was killed because it wanted more memory than the task definition grants. */
  readonly outOfMemory: boolean;
}

const runsContainers = async (choice: EngineChoice): Promise<Engine> => {
  const engine = await findEngine(choice);
  if (engine.name !== 'buildah') return engine;
  throw missing({
    code: 'ENGINE_CANNOT_RUN',
    message: 'Buildah builds images but does not run stages.',
    hint: 'Install Docker or Podman, or name one with PEACHES_ENGINE.',
  });
};

/** The engine's own copy of the image that the task definition names; pulled when it has none. */
const imageOf = async (request: StageContainerRequest, engine: Engine, task: TaskLimits): Promise<string> => {
  const pin = (await readPins(request.root, request.env.name))[WORKER];
  const digest = task.image.split('@')[1];
  const local = pin === undefined ? undefined : localReference({ image: WORKER, tag: pin.tag });
  const isSame =
    pin?.digest === digest && (digest !== undefined || task.image.endsWith(`:${pin?.tag ?? ''}`));
  if (local !== undefined && isSame && (await isPresent(engine, local))) return local;
  const repository = await openRepository(request.env, request.endpointEnvironment, WORKER);
  const login = await registryLogin(repository);
  const remote = remoteReference(repository, login, task.image.slice(repository.uri.length));
  await withLogin(engine, login, (loggedIn) =>
    callEngine(loggedIn, `pulling ${remote}`, ['pull', ...loggedIn.registryFlags, remote]),
  );
  return remote;
};

/** Arguments of `run` that grant what the task definition grants, and no more. Values stay out of them. */
export const runArguments = (
  task: TaskLimits,
  container: { readonly name: string; readonly image: string },
  variables: readonly string[],
  command: readonly string[],
): string[] => [
  'run',
  ...['--name', container.name],
  '--sig-proxy=false',
  ...['--network', 'host'],
  ...(task.readOnly ? ['--read-only'] : []),
  ...(task.init ? ['--init'] : []),
  ...(task.user === undefined ? [] : ['--user', task.user]),
  ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--memory', `${task.memoryMiB}m`, '--memory-swap', `${task.memoryMiB}m`],
  ...['--cpus', String(task.vcpu)],
  ...variables.flatMap((name) => ['--env', name]),
  container.image,
  ...command,
];

/**
 * Runs a stage's own container on the local engine: image, limits, environment and role of the
 * task definition, network of this machine, so that the emulator on the loopback address is reached.
 * @returns how the container ended
 * @throws TASK_DEFINITION_MISSING, ENGINE_MISSING, ENGINE_CANNOT_RUN, ENGINE_NOT_RUNNING
 */
export const runStageContainer = async (request: StageContainerRequest): Promise<ContainerResult> => {
  const { env, endpointEnvironment, feed, stage } = request;
  const [engine, task] = await Promise.all([
    runsContainers(request),
    taskLimits(env, endpointEnvironment, feed, stage),
  ]);
  const image = await imageOf(request, engine, task);
  const url = endpointEnvironment['AWS_ENDPOINT_URL'];
  const variables = {
    ...task.environment,
    AWS_REGION: env.region,
    ...(url === undefined ? {} : { AWS_ENDPOINT_URL: url }),
    ...(task.roleArn === undefined ? {} : request.roleEnvironment(task.roleArn)),
  };
  const command = request.args === undefined ? task.command : [`${feed}.${stage}`, ...request.args];
  const name = `peaches-${feed}-${stage}-${randomUUID().slice(0, 8)}`;
  const stop = (): void => {
    void execa(engine.command, ['stop', '--time', String(STOP_SECONDS), name], {
      env: engine.environment,
      reject: false,
    });
  };
  const child = execa(engine.command, runArguments(task, { name, image }, Object.keys(variables), command), {
    all: true,
    buffer: false,
    reject: false,
    stdin: 'ignore',
    env: { ...engine.environment, ...variables },
  });
  request.signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of child.iterable({ from: 'all' })) request.onLine(line);
    const { exitCode = 1 } = await child;
    const state = await callEngine(engine, 'asking how the container ended', [
      ...['inspect', '--format', '{{.State.OOMKilled}}', name],
    ]);
    return { exitCode, outOfMemory: state.trim() === 'true' };
  } finally {
    request.signal?.removeEventListener('abort', stop);
    await execa(engine.command, ['rm', '--force', '--volumes', name], {
      env: engine.environment,
      reject: false,
    });
  }
};
