import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { environmentFolder } from '../config/paths.ts';
import { outlastOrphans } from '../terraform/orphans.ts';
import type { Invocation } from './command.ts';
import { journalFolder } from './deployment.ts';
import { environmentBusy, holdFile, isAlive, readHold } from './holder.ts';
import type { Hold } from './holder.ts';
import type { Project } from './project.ts';

/** A user id without an account, as containers have, has no name. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
};

/**
 * Runs what writes to an environment from this folder, one at a time: two would overwrite each other's plans. The
 * hold of a process that is gone is taken over, and its Terraform, which goes on by itself, is waited for.
 * @param command what is said to whoever comes second
 * @throws ENVIRONMENT_BUSY
 */
export const holding = async <T>(
  { output, signal }: Pick<Invocation, 'output' | 'signal'>,
  project: Project,
  command: string,
  work: () => Promise<T>,
): Promise<T> => {
  const { root, environment } = project;
  const folder = environmentFolder(root, environment.name);
  const file = holdFile(project);
  const token = randomUUID();
  const own = join(folder, `hold.${token}`);
  await mkdir(folder, { recursive: true });
  const hold: Hold = {
    pid: process.pid,
    user: userName(),
    host: hostname(),
    command,
    since: new Date().toISOString(),
    token,
  };
  await writeFile(own, JSON.stringify(hold), { mode: 0o600 });
  try {
    for (;;) {
      const taken = await link(own, file).then(
        () => true,
        () => false,
      );
      if (taken) break;
      const holder = await readHold(file);
      if (holder === undefined) continue;
      if (await isAlive(holder)) throw environmentBusy(project, holder);
      await rename(file, `${own}.gone`).catch(() => undefined);
    }
    try {
      const journal = journalFolder({ root, environment });
      await outlastOrphans(journal, (line) => output.event(line), signal);
      return await work();
    } finally {
      if ((await readHold(file))?.token === token) await rm(file, { force: true });
    }
  } finally {
    await rm(own, { force: true });
    await rm(`${own}.gone`, { force: true });
  }
};
