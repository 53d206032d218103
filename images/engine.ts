import { execa, ExecaError } from 'execa';
import { failed, interrupted, missing, type PeachesError } from '../errors/errors.ts';

/** Tried in this order when nobody names one. */
export const ENGINES = ['docker', 'podman', 'buildah'] as const;

export type EngineName = (typeof ENGINES)[number];

/** A container engine that answers. Its commands share one grammar but for what is told apart here. */
export interface Engine {
  readonly name: EngineName;
  /** Path or name of the client. */
  readonly command: string;
  /** Environment of every call: which daemon, which builder. Never a password. */
  readonly environment: Readonly<Record<string, string>>;
  readonly builder: 'buildkit' | 'classic' | 'buildah';
  /** Flags of every command that reaches the registry of a login. */
  readonly registryFlags: readonly string[];
}

export interface EngineCall {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void;
}

/** What the person may say about the engine: `PEACHES_ENGINE` names one, or the path of its client. */
export interface EngineChoice {
  readonly engine?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const MEND = 'Start it (`systemctl start docker`, Docker Desktop, `podman machine start`) and try again.';

/** Words of the engines for what a person can mend, and how. */
const CAUSES: readonly { readonly words: RegExp; readonly error: (why: string) => PeachesError }[] = [
  {
    words: /cannot connect to the docker daemon|is the docker daemon running|cannot connect to podman/i,
    error: (why) =>
      missing({
        code: 'ENGINE_NOT_RUNNING',
        message: `The container engine does not answer: ${why}`,
        hint: MEND,
      }),
  },
  {
    words: /no space left on device|disk quota exceeded/i,
    error: (why) =>
      failed({
        code: 'IMAGE_DISK_FULL',
        message: `The container engine's disk is full: ${why}`,
        hint: 'Make room (`docker system df`, `docker system prune`) and run the same command again.',
      }),
  },
];

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join(' ').slice(0, 600);

/** The error of a call that did not succeed. @param what plain words for what was tried */
const callError = (what: string, engine: Pick<Engine, 'command'>, thrown: unknown): PeachesError => {
  if (thrown instanceof ExecaError && thrown.isCanceled) {
    return interrupted({ code: 'INTERRUPTED', message: `Interrupted while ${what}.`, cause: thrown });
  }
  const all: unknown = thrown instanceof ExecaError ? thrown.all : undefined;
  const output = typeof all === 'string' ? lastLines(all) : '';
  const why = output === '' ? 'it ended without a word.' : output;
  const known = CAUSES.find(({ words }) => words.test(why));
  if (known !== undefined) return known.error(why);
  return failed({
    code: 'ENGINE_CALL_FAILED',
    message: `${engine.command} failed ${what}: ${why}`,
    hint: 'The lines above are the engine’s own; --verbose shows all of them.',
    cause: thrown,
  });
};

/**
 * Runs one command of the engine.
 * @param what plain words for errors: `building the worker image`
 * @returns both outputs
 * @throws ENGINE_NOT_RUNNING, IMAGE_DISK_FULL, ENGINE_CALL_FAILED, INTERRUPTED
 */
export const callEngine = async (
  engine: Pick<Engine, 'command' | 'environment'>,
  what: string,
  args: readonly string[],
  call: EngineCall = {},
): Promise<string> => {
  const child = execa(engine.command, args, {
    all: true,
    env: { ...engine.environment, ...call.environment },
    ...(call.input === undefined ? { stdin: 'ignore' as const } : { input: call.input }),
    ...(call.signal === undefined ? {} : { cancelSignal: call.signal }),
  });
  try {
    if (call.onLine !== undefined)
      for await (const line of child.iterable({ from: 'all' })) call.onLine(line);
    return (await child).all;
  } catch (thrown) {
    throw callError(what, engine, thrown);
  }
};

const isThere = (thrown: unknown): boolean => !(thrown instanceof ExecaError && thrown.code === 'ENOENT');

/** Clients before 23 bring BuildKit with them, later ones have it in a plugin that may be missing. */
const hasBuildKit = async (
  command: string,
  environment: Readonly<Record<string, string>>,
  clientVersion: string,
): Promise<boolean> => {
  if ((environment['DOCKER_BUILDKIT'] ?? process.env['DOCKER_BUILDKIT']) === '0') return false;
  if (Number.parseInt(clientVersion, 10) < 23) return true;
  return !(await execa(command, ['buildx', 'version'], { env: environment, reject: false })).failed;
};

/** The daemon that the person's own configuration points to: the throw-away one of a login has no contexts. */
const dockerHost = async (
  command: string,
  environment: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> => {
  const given = environment['DOCKER_HOST'] ?? process.env['DOCKER_HOST'];
  if (given !== undefined && given !== '') return { DOCKER_HOST: given };
  const { stdout, failed: unknown } = await execa(
    command,
    ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'],
    { env: environment, reject: false },
  );
  return unknown || stdout === '' ? {} : { DOCKER_HOST: stdout };
};

const nameOf = (command: string): EngineName =>
  ENGINES.find((name) => command.split('/').at(-1)?.startsWith(name)) ?? 'docker';

/** A call that fails when the client is there but nobody behind it; the first word is the client's version. */
const GREETINGS: Readonly<Record<EngineName, readonly string[]>> = {
  docker: ['version', '--format', '{{.Client.Version}} {{.Server.Version}}'],
  podman: ['version', '--format', '{{.Client.Version}}'],
  buildah: ['version'],
};

/** @returns the engine, or undefined when its client is not installed */
const probe = async (
  command: string,
  given: Readonly<Record<string, string>>,
): Promise<Engine | undefined> => {
  const name = nameOf(command);
  const greeting = await execa(command, GREETINGS[name], { all: true, env: given }).catch(
    (thrown: unknown) => {
      if (isThere(thrown)) throw callError('answering', { command }, thrown);
      return undefined;
    },
  );
  if (greeting === undefined) return undefined;
  if (name !== 'docker') return { name, command, environment: given, builder: 'buildah', registryFlags: [] };
  const [host, buildKit] = await Promise.all([
    dockerHost(command, given),
    hasBuildKit(command, given, greeting.stdout),
  ]);
  const environment = { ...given, ...host, ...(buildKit ? { DOCKER_BUILDKIT: '1' } : {}) };
  return { name, command, environment, builder: buildKit ? 'buildkit' : 'classic', registryFlags: [] };
};

/**
 * The engine to use: the one that is named, else the first that is installed and answers.
 * @throws ENGINE_MISSING when none is installed, ENGINE_NOT_RUNNING when none of them answers
 */
export const findEngine = async (choice: EngineChoice = {}): Promise<Engine> => {
  const environment = choice.environment ?? {};
  const named = choice.engine ?? process.env['PEACHES_ENGINE'];
  const candidates = named === undefined || named === '' ? ENGINES : [named];
  let silent: unknown;
  for (const command of candidates) {
    try {
      const engine = await probe(command, environment);
      if (engine !== undefined) return engine;
    } catch (thrown) {
      silent ??= thrown;
    }
  }
  if (silent !== undefined) throw silent as PeachesError;
  throw missing({
    code: 'ENGINE_MISSING',
    message: `Images need a container engine; ${candidates.join(', ')} ${candidates.length > 1 ? 'are' : 'is'} not installed.`,
    hint: 'Install Docker, Podman or Buildah, or name the client with PEACHES_ENGINE=/path/to/docker.',
  });
};
