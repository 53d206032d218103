import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { failed } from '../errors/errors.ts';
import { nodeArchitectureOf, type Platform } from './platform.ts';

/** A file that goes into the image as it is: native code can't be bundled. */
export interface NativeFile {
  /** Below `/app`. */
  readonly path: string;
  readonly source: string;
  readonly sha256: string;
}

const BINDING_FILES = ['package.json', 'LICENSE', 'duckdb.node', 'libduckdb.so'];

const packageOf = (platform: Platform): string =>
  `@duckdb/node-bindings-linux-${nodeArchitectureOf(platform)}`;

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Resolves as the bundled library would. */
const fromBindings = (): NodeJS.Require => {
  const api = createRequire(import.meta.url).resolve('@duckdb/node-api');
  return createRequire(createRequire(api).resolve('@duckdb/node-bindings/package.json'));
};

/** The version of the binding that the bundled library expects. */
const bindingVersion = async (): Promise<string> => {
  const file = fromBindings().resolve('@duckdb/node-bindings/package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
};

/** The folder of the installed package, when this machine is of that platform. */
const installedFolder = (platform: Platform): string | undefined => {
  try {
    return dirname(fromBindings().resolve(`${packageOf(platform)}/package.json`));
  } catch {
    return undefined;
  }
};

/** Fetches the package of another platform with npm, once a version. */
const fetchedFolder = async (platform: Platform, cache: string): Promise<string> => {
  const version = await bindingVersion();
  const name = packageOf(platform);
  const folder = join(cache, `${nodeArchitectureOf(platform)}-${version}`);
  const inside = join(folder, 'node_modules', name);
  if (await exists(inside)) return inside;
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(join(cache, 'fetch-'));
  try {
    await execa(
      'npm',
      [
        'install',
        '--no-save',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        '--os=linux',
        `--cpu=${nodeArchitectureOf(platform)}`,
        '--libc=glibc',
        '--prefix',
        temporary,
        // The package that lists the platforms' ones: named by itself, one of another CPU is refused.
        `@duckdb/node-bindings@${version}`,
      ],
      { stdin: 'ignore' },
    );
    await rename(temporary, folder);
  } catch (cause) {
    if (await exists(inside)) return inside;
    throw failed({
      code: 'NATIVE_PACKAGE_UNAVAILABLE',
      message: `${name}@${version}, which the worker needs on ${platform}, can't be fetched with npm.`,
      hint: `Check that this machine reaches its npm registry: \`npm view ${name}@${version}\`.`,
      cause,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return inside;
};

/**
 * The native packages of the worker for one platform.
 * @param cache folder for packages of platforms that are not this machine's
 * @throws NATIVE_PACKAGE_UNAVAILABLE
 */
export const nativeFiles = async (platform: Platform, cache: string): Promise<readonly NativeFile[]> => {
  const folder = installedFolder(platform) ?? (await fetchedFolder(platform, cache));
  const present = new Set(await readdir(folder));
  return Promise.all(
    BINDING_FILES.filter((name) => present.has(name)).map(async (name) => {
      const source = join(folder, name);
      return {
        path: join('node_modules', packageOf(platform), name),
        source,
        sha256: await sha256Of(source),
      };
    }),
  );
};
