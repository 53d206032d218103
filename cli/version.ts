import { readFile } from 'node:fs/promises';

/** The version in package.json, which lies beside `cli/` in the sources and beside `dist/` once built. */
export const version = async (): Promise<string> => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
};
