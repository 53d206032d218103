import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { failed, messageOf, type PeachesError } from '../errors/errors.ts';

/** Files of the image below `/app`, by relative path. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

/** A file that code names by `new URL('./x', import.meta.url)`: a worker thread or something to read. */
const REFERENCE = /new URL\(\s*(['"`])(\.{1,2}\/[^'"`$]+)\1,\s*import\.meta\.url,?\s*\)/g;

/** Bundled modules come from many packages; some of them still call `require`. */
const BANNER = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

const TARGET = 'node22';

/** Any file named that way, also by a path that can't be told from the source. */
const ANY_REFERENCE = /new URL\([^;]*?import\.meta\.url/g;

interface References {
  /** Entry points of worker threads, absolute. */
  readonly threads: ReadonlySet<string>;
  /** Files and folders that are read at run time, absolute. */
  readonly assets: ReadonlySet<string>;
}

const sourcesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

const untold = (file: string): PeachesError =>
  failed({
    code: 'BUNDLE_FAILED',
    message: `The worker can't be bundled: ${file} names a file by a path that is not a literal.`,
    hint: 'Name each file by a literal path in new URL(), so that it comes along.',
    details: { file },
  });

/** All references in the sources below a folder. @throws BUNDLE_FAILED */
const referencesBelow = async (folder: string): Promise<References> => {
  const threads = new Set<string>();
  const assets = new Set<string>();
  for (const file of await sourcesBelow(folder)) {
    const source = await readFile(file, 'utf8');
    const references = [...source.matchAll(REFERENCE)];
    if (references.length < (source.match(ANY_REFERENCE)?.length ?? 0)) throw untold(relative(folder, file));
    for (const [, , path] of references) {
      const target = resolve(dirname(file), path ?? '');
      (target.endsWith('.ts') ? threads : assets).add(target);
    }
  }
  return { threads, assets };
};

/** One name in the flat folder of the image: `etl/freewheel/sql/a.sql` is `freewheel.sql.a.sql`. */
const flatName = (folder: string, file: string): string => relative(folder, file).replaceAll('/', '.');

const outputName = (folder: string, file: string): string => flatName(folder, file).replace(/\.ts$/, '.mjs');

/** All outputs lie in one folder, so that a reference is the same from every output. */
const flattenReferences = (folder: string): Plugin => ({
  name: 'flatten-references',
  setup(esbuild) {
    esbuild.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(`${folder}/`)) return undefined;
      const contents = (await readFile(path, 'utf8')).replace(REFERENCE, (_, __, target: string) => {
        const name = outputName(folder, resolve(dirname(path), target));
        return `new URL('./${name}${target.endsWith('/') ? '/' : ''}', import.meta.url)`;
      });
      return { contents, loader: 'ts', resolveDir: dirname(path) };
    });
  },
});

const readAsset = async (folder: string, asset: string): Promise<[string, Uint8Array][]> => {
  const name = flatName(folder, asset);
  if (!(await stat(asset)).isDirectory()) return [[name, await readFile(asset)]];
  const entries = await readdir(asset, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => [join(name, relative(asset, file)), await readFile(file)] as const),
  ).then((pairs) => pairs.map(([path, bytes]) => [path, bytes]));
};

/**
 * The worker as one module, and one for each of its threads, with all packages inside but native
 * ones. What is imported lazily runs when it is asked for, as in the sources; in chunks of their own
 * lazily imported CommonJS packages would lose the names of their exports. Lines are kept, so that a
 * stack trace can be read. Equal sources give equal bytes, wherever they lie.
 * @param folder `etl/` of the sources; `worker.ts` in it is the entry
 * @throws BUNDLE_FAILED with the file and line of what can't be bundled
 */
export const bundleWorker = async (folder: string): Promise<BundleFiles> => {
  const { threads, assets } = await referencesBelow(folder);
  const entries = [join(folder, 'worker.ts'), ...threads];
  const result = await build({
    absWorkingDir: folder,
    entryPoints: entries.map((file) => ({ in: file, out: outputName(folder, file).replace(/\.mjs$/, '') })),
    outdir: 'app',
    write: false,
    bundle: true,
    platform: 'node',
    target: TARGET,
    // Modules before CommonJS: they can be cut to what is used.
    mainFields: ['module', 'main'],
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    legalComments: 'external',
    external: ['@duckdb/node-bindings-*'],
    banner: { js: BANNER },
    plugins: [flattenReferences(folder)],
    logLevel: 'silent',
  }).catch((cause: unknown) => {
    throw failed({
      code: 'BUNDLE_FAILED',
      message: `The worker can't be bundled: ${messageOf(cause)}`,
      hint: 'Mend the file that is named; `npx tsc` shows the same.',
      cause,
    });
  });
  const out = join(folder, 'app');
  const modules = result.outputFiles.map(({ path, contents }) => [relative(out, path), contents] as const);
  const read = await Promise.all([...assets].map((asset) => readAsset(folder, asset)));
  return new Map([...modules, ...read.flat()].sort(([a], [b]) => (a < b ? -1 : 1)));
};
