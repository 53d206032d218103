import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A temp folder with shell scripts in `bin`, to stand for programs. */
export interface Scripts {
  readonly folder: string;
  /** PATH has the scripts before the system's own tools. */
  readonly environment: NodeJS.ProcessEnv;
  add(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

export const scripts = async (systemPath = '/usr/bin:/bin'): Promise<Scripts> => {
  const folder = await mkdtemp(join(tmpdir(), 'peaches-scripts-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  return {
    folder,
    environment: { PATH: [bin, systemPath].join(delimiter), HOME: folder },
    async add(name, text) {
      const file = join(bin, name);
      await writeFile(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      return file;
    },
    remove: () => rm(folder, { recursive: true }),
  };
};
