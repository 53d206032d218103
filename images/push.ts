import pRetry from 'p-retry';
import { failed, interrupted, messageOf, PeachesError } from '../errors/errors.ts';
import { localReference } from './build.ts';
import { digestOfTag, registryLogin, remoteReference, type RegistryLogin, type Repository } from './ecr.ts';
import { callEngine, type Engine } from './engine.ts';
import { stopwatch, type OnImageEvent } from './events.ts';
import { withLogin } from './login.ts';
import type { ImageSet } from './plan.ts';

export interface PushRequest {
  /** Its images are built: the engine has them under their local references. */
  readonly set: ImageSet;
  readonly engine: Engine;
  readonly repository: Repository;
  readonly onEvent?: OnImageEvent;
  readonly signal?: AbortSignal;
  /** Wait before the second try in milliseconds; each further one is twice as long. Default 1000. */
  readonly firstWaitMs?: number;
}

const TRIES = 5;
const FIRST_WAIT_MS = 1000;

/** Answers that the same push may not get again: throttling, server errors, broken connections. */
const PASSING =
  /too ?many ?requests|rate exceeded|\b429\b|\b50[0234]\b|server error|bad gateway|unavailable|connection re(fused|set)|broken pipe|\bEOF\b|timeout|timed out|temporar/i;

/** The engine's word for waiting before it sends a layer again: up to five times, close to a minute in all. */
const ENGINE_WAITS = /retrying in/i;

/** Somebody else pushed the same content in the meantime. */
const ALREADY_THERE = /immutable|tag invalid/i;

/** @param message of an engine's failed push @returns whether the same push may succeed later */
export const isPassing = (message: string): boolean => PASSING.test(message);

const isEngineCall = (thrown: unknown): thrown is PeachesError =>
  thrown instanceof PeachesError && thrown.code === 'ENGINE_CALL_FAILED';

const notPushed = ({ image, tag }: ImageSet, cause: unknown): PeachesError =>
  failed({
    code: 'IMAGE_PUSH_FAILED',
    message: `${image}:${tag} did not reach the registry: ${messageOf(cause)}`,
    hint: 'Run the same command again: layers that arrived are not sent twice. The task definitions still name the image they named before.',
    cause,
  });

/** Pushes under the repository's name; the engine keeps the image under its local name only. */
const pushOne = async (
  request: PushRequest,
  engine: Engine,
  local: string,
  remote: string,
): Promise<void> => {
  const { onEvent, signal, set } = request;
  await callEngine(engine, 'tagging the image', ['tag', local, remote]);
  try {
    await callEngine(engine, `pushing ${remote}`, ['push', ...engine.registryFlags, remote], {
      onLine: (line) => onEvent?.({ kind: 'line', image: set.image, line }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    await callEngine(engine, 'removing the tag', ['rmi', remote]).catch(() => undefined);
  }
};

/** One tag over the images of several platforms. */
const pushList = async (
  engine: Engine,
  { secure }: RegistryLogin,
  remote: string,
  parts: readonly string[],
): Promise<void> => {
  // Here the client speaks to the registry, and takes no address for a place without TLS by itself.
  const flags = secure ? [] : ['--insecure'];
  await callEngine(engine, 'joining the platforms', ['manifest', 'create', ...flags, remote, ...parts]);
  await callEngine(engine, `pushing ${remote}`, ['manifest', 'push', ...flags, remote]);
};

const pushSet = async (request: PushRequest, engine: Engine, login: RegistryLogin): Promise<void> => {
  const { set, repository } = request;
  const remote = (tag: string): string => remoteReference(repository, login, `:${tag}`);
  for (const plan of set.plans) {
    if ((await digestOfTag(repository, plan.tag)) !== undefined) continue;
    await pushOne(request, engine, localReference(plan), remote(plan.tag));
  }
  if (set.plans.length === 1) return;
  const parts = set.plans.map((plan) => remote(plan.tag));
  await pushList(engine, login, remote(set.tag), parts);
};

/** Tries again what may pass, unless the engine has done so itself, at length and in vain. */
const pushWithRetries = async (request: PushRequest, engine: Engine, login: RegistryLogin): Promise<void> => {
  const { set, onEvent, signal } = request;
  let engineTried = false;
  const watched: PushRequest = {
    ...request,
    onEvent: (event) => {
      if (event.kind === 'line') engineTried ||= ENGINE_WAITS.test(event.line);
      onEvent?.(event);
    },
  };
  const mayPass = (error: Error): boolean => isEngineCall(error) && !engineTried && isPassing(error.message);
  try {
    await pRetry(() => pushSet(watched, engine, login), {
      retries: TRIES - 1,
      minTimeout: request.firstWaitMs ?? FIRST_WAIT_MS,
      shouldRetry: ({ error }) => mayPass(error),
      onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
        if (retriesLeft === 0 || !mayPass(error)) return;
        onEvent?.({ kind: 'retrying', image: set.image, attempt: attemptNumber + 1, reason: error.message });
      },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (thrown) {
    if (signal?.aborted === true) {
      throw interrupted({ code: 'INTERRUPTED', message: 'Interrupted while pushing.', cause: thrown });
    }
    if (!isEngineCall(thrown)) throw thrown;
    if (!ALREADY_THERE.test(thrown.message)) throw notPushed(set, thrown);
  }
};

/**
 * Pushes what was built under its immutable tag, unless the registry has that tag: the tag is a hash
 * of the content. Throttling, server errors and broken connections are tried again with growing
 * waits; what the registry has by then is not sent again.
 * @returns the digest as the registry gives it back
 * @throws IMAGE_PUSH_FAILED, REGISTRY_LOGIN_FAILED, ENGINE_NOT_RUNNING, IMAGE_DISK_FULL, INTERRUPTED
 */
export const pushWorker = async (request: PushRequest): Promise<string> => {
  const { set, repository, onEvent } = request;
  const { image, tag } = set;
  const known = await digestOfTag(repository, tag);
  if (known !== undefined) {
    onEvent?.({ kind: 'unchanged', image, tag, digest: known });
    return known;
  }
  onEvent?.({ kind: 'pushing', image, tag, repository: repository.uri });
  const seconds = stopwatch();
  const login = await registryLogin(repository);
  await withLogin(request.engine, login, (engine) => pushWithRetries(request, engine, login));
  const digest = await digestOfTag(repository, tag);
  if (digest === undefined) throw notPushed(set, new Error('afterwards it does not know the tag'));
  onEvent?.({ kind: 'pushed', image, tag, digest, seconds: seconds() });
  return digest;
};
