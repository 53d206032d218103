import { readPins } from '../config/pins.ts';
import { failed, interrupted, PeachesError } from '../errors/errors.ts';
import type { FeedDeclaration } from '../etl/feed.ts';
import { readRunRecords, type RunRecord } from '../etl/runtime/run-records.ts';
import type { Place, RunReport } from '../etl/runtime/run.ts';
import { isPresent, localReference } from '../images/build.ts';
import { runStageContainer, type ContainerResult } from '../images/container.ts';
import { findEngine, type Engine } from '../images/engine.ts';
import { WORKER } from '../images/plan.ts';
import { taskCredentials } from '../sandbox/task-credentials.ts';
import { logLine } from './logger.ts';
import type { Step } from './output.ts';
import type { Project } from './project.ts';
import { stageLine } from './views/run.ts';

/** Stages of a sandbox as the containers that ECS would start. */

/**
 * @param parametersGiven by `--set`: the wiring of a task definition has the configuration's
 * @returns the engine on which the environment's stages run as containers, or why they can't
 */
export const engineForStages = async (
  { root, environment }: Project,
  parametersGiven: boolean,
): Promise<Engine | string> => {
  if (environment.compute !== 'ecs') return 'compute is not ecs, so there is no task definition to go by.';
  if (parametersGiven)
    return 'task definitions have the parameters of the configuration, not those of --set.';
  const pin = (await readPins(root, environment.name))[WORKER];
  if (pin === undefined) return 'no image is built yet (peaches up).';
  try {
    const engine = await findEngine();
    if (engine.name === 'buildah') return 'buildah builds images but does not run them.';
    const image = localReference({ image: WORKER, tag: pin.tag });
    if (pin.digest !== undefined || (await isPresent(engine, image))) return engine;
    return `the image ${WORKER}:${pin.tag} is neither in a registry nor on the engine (peaches images build).`;
  } catch (thrown) {
    if (thrown instanceof PeachesError && thrown.kind === 'prerequisite') return thrown.message;
    throw thrown;
  }
};

export interface StageContainersOptions {
  readonly project: Project;
  readonly feed: FeedDeclaration;
  readonly engine: Engine;
  /** Of the emulator. */
  readonly endpoint: string;
  readonly endpointEnvironment: NodeJS.ProcessEnv;
  /** Where the stages leave their run records. */
  readonly place: Pick<Place, 'store' | 'operations'>;
  readonly signal: AbortSignal;
}

/** What a container's log told of its run. */
interface Followed {
  /** Id of the stage's run record. */
  run: string | undefined;
  /** The last line, for a container that left no record. */
  last: string;
}

type LogLine = Readonly<Record<string, unknown>> & { readonly message: string };

/** What every line has and nobody at a terminal wants. */
const ENVELOPE = ['time', 'level', 'message'];

/** A line of the worker's log; undefined for what is not one. */
const parseLine = (line: string): LogLine | undefined => {
  try {
    const parsed = JSON.parse(line) as Partial<LogLine> | null;
    return typeof parsed?.message === 'string' ? (parsed as LogLine) : undefined;
  } catch {
    return undefined;
  }
};

export class StageContainers {
  readonly #options: StageContainersOptions;

  constructor(options: StageContainersOptions) {
    this.#options = options;
  }

  /**
   * Runs stages one after the other, as the state machine does.
   * @returns what they did, by their run records
   * @throws what stopped a stage, with the container's exit status; later stages have not run
   */
  async run(stages: readonly string[], date: string, step: Step): Promise<RunReport> {
    const records: RunRecord[] = [];
    for (const stage of stages) {
      const record = await this.#runStage(stage, date, step);
      step.note(stageLine(record));
      records.push(record);
    }
    return {
      feed: this.#options.feed.name,
      date,
      run: records[0]?.run ?? '',
      incomplete: records.some(({ incomplete }) => incomplete),
      stages: records,
    };
  }

  async #runStage(stage: string, date: string, step: Step): Promise<RunRecord> {
    const { project, feed, engine, endpoint, endpointEnvironment, place, signal } = this.#options;
    const { root, environment: env } = project;
    const followed: Followed = { run: undefined, last: '' };
    const result = await runStageContainer({
      ...{ root, env, endpointEnvironment, feed: feed.name, stage, args: ['--date', date], signal },
      ...{ engine: engine.command, environment: engine.environment },
      roleEnvironment: (role) => taskCredentials(endpoint, env.region, role),
      onLine: (line) => follow(followed, line, step),
    });
    const records = await readRunRecords(place.store, place.operations, feed.name, stage, date);
    const record = records.find(({ run }) => run === followed.run);
    if (record?.status === 'done') return record;
    throw stageError(`${feed.name}.${stage}`, result, followed, record);
  }
}

/** Shows a line of the log, and keeps what it tells of the run. */
const follow = (followed: Followed, line: string, step: Step): void => {
  const parsed = parseLine(line);
  if (parsed?.message === 'stage ended' && typeof parsed['run'] === 'string') {
    followed.run = parsed['run'];
    return;
  }
  const facts = Object.entries(parsed ?? {}).filter(([name]) => !ENVELOPE.includes(name));
  followed.last = logLine(parsed?.message ?? line, Object.fromEntries(facts));
  step.note(followed.last);
};

const stageError = (
  name: string,
  { exitCode, outOfMemory }: ContainerResult,
  { last }: Followed,
  record: RunRecord | undefined,
): PeachesError => {
  const parts = {
    exitStatus: exitCode === 0 ? 1 : exitCode,
    details: { stage: name, exitCode, outOfMemory },
  };
  if (record?.status === 'interrupted') {
    return interrupted({ ...parts, code: 'RUN_INTERRUPTED', message: `${name} was interrupted.` });
  }
  if (record?.error !== undefined) return failed({ ...parts, ...record.error });
  const why = outOfMemory ? 'it wanted more memory than its task definition grants.' : last;
  return failed({
    ...parts,
    code: 'STAGE_CONTAINER_FAILED',
    message: `The container of ${name} ended with status ${exitCode}: ${why === '' ? 'it said nothing.' : why}`,
    hint: outOfMemory
      ? 'Raise memoryMiB of the stage in its feed.ts, and deploy.'
      : 'Its log is above; with --verbose every line stays on the terminal.',
  });
};
