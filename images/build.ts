import { copyFile, link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { missing, PeachesError, usageError } from '../errors/errors.ts';
import { callEngine, type Engine } from './engine.ts';
import { stopwatch, type OnImageEvent } from './events.ts';
import type { ImagePlan } from './plan.ts';
import type { Platform } from './platform.ts';

export interface BuildRequest {
  readonly plan: ImagePlan;
  readonly engine: Engine;
  /** Build again although the engine has the image, without its cache. */
  readonly noCache?: boolean;
  /** Commit of the sources, for the image's label. */
  readonly revision?: string;
  readonly onEvent?: OnImageEvent;
  readonly signal?: AbortSignal;
}

const SOURCE = 'peaches';

/** Name of an image on the local engine, before any registry: `peaches-worker:<tag>`. */
export const localReference = (plan: Pick<ImagePlan, 'image' | 'tag'>): string =>
  `peaches-${plan.image}:${plan.tag}`;

/**
 * A folder for what the engine is given. It is the same one whenever nobody else builds at the
 * moment: BuildKit then asks only for files whose name, size or time changed since the last build.
 */
const contextFolder = async (): Promise<string> => {
  const usual = join(tmpdir(), 'peaches-image');
  return mkdir(usual, { mode: 0o700 }).then(
    () => usual,
    () => mkdtemp(`${usual}-`),
  );
};

/** The same file with the same time; a copy where the file systems differ. */
const place = (source: string, file: string): Promise<void> =>
  link(source, file).catch(() => copyFile(source, file));

/** Writes what the engine is given: only the files of the plan. */
const writeContext = async (plan: ImagePlan, folder: string): Promise<void> => {
  const put = async (path: string, write: (file: string) => Promise<void>): Promise<void> => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await write(file);
  };
  await Promise.all([
    put('Dockerfile', (file) => writeFile(file, plan.dockerfile)),
    ...[...plan.app].map(([path, bytes]) => put(join('app', path), (file) => writeFile(file, bytes))),
    ...plan.native.map(({ path, source }) => put(join('native', path), (file) => place(source, file))),
  ]);
};

/** @returns whether the engine has the image */
export const isPresent = async (engine: Engine, reference: string): Promise<boolean> => {
  const looked = await callEngine(engine, 'looking for the image', ['images', '--quiet', reference]).catch(
    (thrown: unknown) => {
      if (engine.name === 'buildah') return '';
      throw thrown;
    },
  );
  return looked.trim() !== '';
};

/** Architecture of an image as the engine recorded it. */
const architectureOf = async (engine: Engine, reference: string): Promise<string> => {
  const args =
    engine.name === 'buildah'
      ? ['inspect', '--type', 'image', '--format', '{{.OCIv1.Architecture}}', reference]
      : ['image', 'inspect', '--format', '{{.Architecture}}', reference];
  return (await callEngine(engine, 'inspecting the image', args)).trim();
};

const buildArguments = ({ plan, noCache, revision }: BuildRequest, folder: string): string[] => {
  const labels = {
    'org.opencontainers.image.title': `peaches ${plan.image}`,
    'org.opencontainers.image.version': plan.tag,
    'org.opencontainers.image.source': SOURCE,
    'org.opencontainers.image.base.name': plan.base,
    ...(revision === undefined ? {} : { 'org.opencontainers.image.revision': revision }),
  };
  return [
    'build',
    ...['--file', join(folder, 'Dockerfile')],
    ...['--platform', plan.platform],
    ...['--build-arg', `NODE_IMAGE=${plan.base}`],
    ...['--build-arg', `VERSION=${plan.tag}`],
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...(noCache === true ? ['--no-cache'] : []),
    ...['--tag', localReference(plan)],
    folder,
  ];
};

const wrongPlatform = (
  { command }: Pick<Engine, 'command'>,
  built: string,
  platform: Platform,
  cause?: unknown,
): PeachesError =>
  missing({
    code: 'IMAGE_WRONG_PLATFORM',
    message: `${command} built ${built} where ${platform} was asked for: its copy of the base image is of that platform.`,
    hint: `Pull the base image for ${platform} (\`${command} pull --platform ${platform} ...\`), or build on such a machine.`,
    cause,
  });

const requirePlatform = async (engine: Engine, reference: string, platform: Platform): Promise<void> => {
  const architecture = await architectureOf(engine, reference);
  const built = `linux/${architecture}`;
  if (built !== platform) throw wrongPlatform(engine, built, platform);
};

/** Words of the builders for a base image that they neither have nor get. */
const NO_BASE =
  /load metadata for|failed to do request|failed to resolve|no match(ing manifest)? for|manifest unknown|pull access denied|no such host|pinging container registry/i;

/** Words of Docker's classic builder for a base image of another platform. */
const OTHER_BASE = /does not match the specified platform: wanted \S+, actual: (\S+)/;

/** The error of a build, told apart where the base image was missing or of another platform. */
const buildError = (thrown: unknown, engine: Engine, { base, platform }: ImagePlan): unknown => {
  if (!(thrown instanceof PeachesError) || thrown.code !== 'ENGINE_CALL_FAILED') return thrown;
  const [, built] = OTHER_BASE.exec(thrown.message) ?? [];
  if (built !== undefined) return wrongPlatform(engine, built, platform, thrown);
  if (/invalid reference format/.test(thrown.message)) {
    return usageError({
      code: 'IMAGE_BASE_INVALID',
      message: `${base} is no name of an image.`,
      hint: 'Name the base with PEACHES_BASE_IMAGE as the engine takes it (registry/name:tag), or leave it out.',
      cause: thrown,
    });
  }
  if (!NO_BASE.test(thrown.message)) return thrown;
  return missing({
    code: 'IMAGE_BASE_MISSING',
    message: `The base image ${base} can't be had for ${platform}: ${thrown.message}`,
    hint: 'Check that the engine reaches that registry and that the image exists for the platform, or name another base with PEACHES_BASE_IMAGE.',
    cause: thrown,
  });
};

/**
 * Builds the image unless the engine has one with this tag, which means: with this content.
 * @returns the local reference
 * @throws ENGINE_NOT_RUNNING, IMAGE_DISK_FULL, IMAGE_BASE_INVALID, IMAGE_BASE_MISSING, IMAGE_WRONG_PLATFORM, ENGINE_CALL_FAILED, INTERRUPTED
 */
export const buildWorker = async (request: BuildRequest): Promise<string> => {
  const { plan, engine, onEvent, signal } = request;
  const { image, tag, platform } = plan;
  const reference = localReference(plan);
  if (request.noCache !== true && (await isPresent(engine, reference))) {
    onEvent?.({ kind: 'present', image, tag, platform });
    return reference;
  }
  onEvent?.({ kind: 'building', image, tag, platform, builder: `${engine.name} (${engine.builder})` });
  const seconds = stopwatch();
  const folder = await contextFolder();
  try {
    await writeContext(plan, folder);
    await callEngine(engine, `building the ${image} image`, buildArguments(request, folder), {
      onLine: (line) => onEvent?.({ kind: 'line', image, line }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((thrown: unknown) => {
      throw buildError(thrown, engine, plan);
    });
    await requirePlatform(engine, reference, platform);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  onEvent?.({ kind: 'built', image, tag, platform, seconds: seconds() });
  return reference;
};
