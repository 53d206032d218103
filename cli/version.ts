import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version in package.json, which lies beside `cli/` in the sources and beside `dist/` once built. */
export const version = async (): Promise<string> => (await packageFacts()).version;

/** The oldest Node that every dependency runs on, `20.17`: `engines` in package.json. */
export const oldestNode = async (): Promise<string> =>
  (await packageFacts()).engines.node.replace(/[^\d.]/g, '');

const packageFacts = async (): Promise<{
  readonly version: string;
  readonly engines: { readonly node: string };
}> => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return JSON.parse(text) as Awaited<ReturnType<typeof packageFacts>>;
};

/**
 * The version of the code that works units: that of the package and a hash of the feeds' and the runtime's
 * sources, so that a mended stage tries again what failed for good under the old one.
 */
export const workerVersion = async (): Promise<string> => {
  const folder = fileURLToPath(new URL('../etl/', import.meta.url));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file.slice(folder.length)).update(await readFile(file));
  return `${await version()}+${hash.digest('hex').slice(0, 12)}`;
};
