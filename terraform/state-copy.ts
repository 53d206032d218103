import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** So many copies of a stack's state are kept. */
const KEPT = 10;

/**
 * Keeps a copy of a state, readable by its owner alone, and removes the oldest beyond ten of the stack.
 * @param state what `state pull` printed; nothing is kept of an empty one
 */
export const keepCopy = async (folder: string, stack: string, state: string): Promise<void> => {
  if (state.trim() === '') return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const at = new Date().toISOString().replace(/[-:]/g, '');
  await writeFile(join(folder, `${stack}-${at}.tfstate`), state, { mode: 0o600 });
  const copies = (await readdir(folder)).filter(
    (name) => name.startsWith(`${stack}-`) && /^\d{8}T[\d.]+Z\.tfstate$/.test(name.slice(stack.length + 1)),
  );
  for (const name of copies.sort().slice(0, -KEPT)) await rm(join(folder, name), { force: true });
};
