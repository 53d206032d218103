import { randomUUID } from 'node:crypto';
import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import { refused } from '../errors/errors.ts';
import type { ConfigEntry } from './schema.ts';

/**
 * Writes the configuration whole or not at all.
 * @param replace an existing file may be replaced; it is kept beside it as `<file>.bak`
 * @returns the path of the kept file, when there was one
 * @throws CONFIG_EXISTS
 */
export const writeConfig = async (
  file: string,
  entry: ConfigEntry,
  { replace }: { readonly replace: boolean },
): Promise<string | undefined> => {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeSynced(temporary, `${JSON.stringify(entry, null, 2)}\n`);
    if (!replace) {
      await link(temporary, file).catch((error: unknown) => {
        throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? configExists(file) : error;
      });
      return undefined;
    }
    const kept = await keep(file);
    await rename(temporary, file);
    return kept;
  } finally {
    await rm(temporary, { force: true });
  }
};

export const configExists = (file: string) =>
  refused({
    code: 'CONFIG_EXISTS',
    message: `${file} is there already and would be lost.`,
    hint: 'Add --force to replace it (the old one is kept as a .bak file), or name another with --config FILE.',
    details: { file },
  });

const keep = async (file: string): Promise<string | undefined> => {
  try {
    await copyFile(file, `${file}.bak`);
    return `${file}.bak`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const writeSynced = async (file: string, text: string): Promise<void> => {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
};
