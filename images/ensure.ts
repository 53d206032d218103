import type { Environment } from '../config/environment.ts';
import { readPins, writePins, type ImagePin } from '../config/pins.ts';
import { failed } from '../errors/errors.ts';
import { buildWorker } from './build.ts';
import { digestOfTag, openRepository, type EndpointEnvironment } from './ecr.ts';
import { findEngine, type Engine, type EngineChoice } from './engine.ts';
import type { OnImageEvent } from './events.ts';
import { planWorkerImage, setOf, WORKER, type ImagePlan, type ImageSet } from './plan.ts';
import { DEFAULT_PLATFORM, requireTaskArchitecture, type Platform } from './platform.ts';
import { pushWorker } from './push.ts';

export interface ImageRequest extends EngineChoice {
  /** Folder of the configuration file. */
  readonly root: string;
  readonly platforms?: readonly Platform[];
  /** Replaces the base image; default `PEACHES_BASE_IMAGE`, else the Dockerfile's. */
  readonly base?: string;
  /** Folder with `worker.ts`; absent: the sources of peaches. */
  readonly sources?: string;
  readonly noCache?: boolean;
  readonly revision?: string;
  readonly onEvent?: OnImageEvent;
  readonly signal?: AbortSignal;
}

export interface EnsureRequest extends ImageRequest {
  readonly env: Environment;
  readonly endpointEnvironment: EndpointEnvironment;
  readonly firstWaitMs?: number;
}

const isFilled = <T>(list: readonly T[]): list is readonly [T, ...T[]] => list.length > 0;

/**
 * Says what the worker would be for the wanted platforms; builds nothing.
 * @throws BUNDLE_FAILED, NATIVE_PACKAGE_UNAVAILABLE
 */
export const planWorker = async (request: ImageRequest): Promise<ImageSet> => {
  const platforms = request.platforms ?? [];
  const base = request.base ?? process.env['PEACHES_BASE_IMAGE'];
  const plans: ImagePlan[] = [];
  for (const platform of isFilled(platforms) ? platforms : [DEFAULT_PLATFORM]) {
    const plan = await planWorkerImage({
      root: request.root,
      platform,
      ...(base === undefined || base === '' ? {} : { base }),
      ...(request.sources === undefined ? {} : { sources: request.sources }),
    });
    request.onEvent?.({ kind: 'planned', image: plan.image, tag: plan.tag, platform });
    plans.push(plan);
  }
  if (!isFilled(plans)) throw new TypeError('no platform');
  return setOf(plans);
};

const requireJoining = (engine: Engine, set: ImageSet): void => {
  if (set.plans.length === 1 || engine.name === 'docker') return;
  throw failed({
    code: 'PLATFORMS_NOT_JOINED',
    message: `${engine.command} can't put several platforms under one tag in the way peaches pushes them.`,
    hint: 'Use Docker for several platforms, or name one with --platform.',
  });
};

/**
 * Builds the images of a set that the engine lacks.
 * @throws what findEngine and buildWorker throw, PLATFORMS_NOT_JOINED
 */
export const buildSet = async (set: ImageSet, request: ImageRequest): Promise<Engine> => {
  const engine = await findEngine(request);
  requireJoining(engine, set);
  const { noCache, revision, onEvent, signal } = request;
  const shared = {
    engine,
    ...(noCache === undefined ? {} : { noCache }),
    ...(revision === undefined ? {} : { revision }),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(signal === undefined ? {} : { signal }),
  };
  for (const plan of set.plans) await buildWorker({ plan, ...shared });
  return engine;
};

/**
 * Makes sure that the environment's registry has the worker image of the sources as they are, and
 * pins its digest. Unchanged sources need no engine: one look at the registry is all.
 * @returns the pin that synthesis will read
 * @throws ARCHITECTURE_MISMATCH, REPOSITORY_MISSING and what planning, building and pushing throw; the pin is then as before
 */
export const ensureWorkerImage = async (request: EnsureRequest): Promise<ImagePin> => {
  const { env, root, onEvent } = request;
  if (request.platforms !== undefined) requireTaskArchitecture(request.platforms);
  const [set, repository] = await Promise.all([
    planWorker(request),
    openRepository(env, request.endpointEnvironment, WORKER),
  ]);
  const { image, tag } = set;
  let digest = await digestOfTag(repository, tag);
  if (digest !== undefined && request.noCache !== true) {
    onEvent?.({ kind: 'unchanged', image, tag, digest });
  } else {
    const engine = await buildSet(set, request);
    digest = await pushWorker({
      set,
      engine,
      repository,
      ...(onEvent === undefined ? {} : { onEvent }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...(request.firstWaitMs === undefined ? {} : { firstWaitMs: request.firstWaitMs }),
    });
  }
  const pin: ImagePin = { repository: repository.uri, tag, digest };
  await writePins(root, env.name, { ...(await readPins(root, env.name)), [image]: pin });
  return pin;
};
