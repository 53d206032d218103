import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { readFile, rm } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * Bundles the command line into `dist/`, or into `--outdir FOLDER`, a chunk for what is loaded lazily, so that it
 * starts at once. The folders that are data (the emulator, the worker's sources and Dockerfile, SQL) stay where
 * they are.
 */

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const { outdir } = parseArgs({ options: { outdir: { type: 'string' } } }).values;
const OUTDIR = resolve(ROOT, outdir ?? 'dist');

/** Bundled packages that are CommonJS ask for what ES modules lack. */
const BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  "import { dirname as __dirnameOf } from 'node:path';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  'const __dirname = __dirnameOf(__filename);',
].join('\n');

/** Entry points of worker threads, which their modules name by `new URL('./x.ts', import.meta.url)`. */
const THREADS = ['etl/freewheel/log-thread.ts'];

/** A bundled module still finds its files beside its source, and its threads in the bundle. */
const keepPlaces: Plugin = {
  name: 'keep-places',
  setup: (esbuild) => {
    esbuild.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes('/node_modules/')) return undefined;
      const source = JSON.stringify(relative(OUTDIR, path));
      const contents = (await readFile(path, 'utf8'))
        .replaceAll(
          /(new URL\('[^']+(?<!\.ts)', )import\.meta\.url/g,
          `$1new URL(${source}, import.meta.url)`,
        )
        .replaceAll(/(new URL\('\.\/[^']+\.)ts(', import\.meta\.url)/g, '$1js$2');
      return { contents, loader: 'ts', resolveDir: dirname(path) };
    });
  },
};

if (outdir === undefined) await rm(OUTDIR, { recursive: true, force: true });
await build({
  absWorkingDir: ROOT,
  entryPoints: ['bootstrap.ts', ...THREADS],
  entryNames: '[name]',
  outdir: OUTDIR,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: BANNER },
  // Modules before CommonJS: what is imported lazily keeps the names of its exports.
  mainFields: ['module', 'main'],
  external: ['@duckdb/node-api', 'esbuild'],
  plugins: [keepPlaces],
  logLevel: 'warning',
});
