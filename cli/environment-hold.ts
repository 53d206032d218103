import { execa } from 'execa';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { environmentFolder } from '../config/paths.ts';
import { busy } from '../errors/errors.ts';
import { outlastOrphans } from '../terraform/orphans.ts';
import type { Invocation } from './command.ts';
import { journalFolder } from './deployment.ts';
import type { Project } from './project.ts';

const holdSchema = z.object({
  pid: z.number(),
  user: z.string(),
  host: z.string(),
  command: z.string(),
  since: z.string(),
  token: z.string(),
});
type Hold = z.infer<typeof holdSchema>;

/** A user id without an account, as containers have, has no name. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
};

const isAlive = async ({ pid, host }: Hold): Promise<boolean> => {
  if (host !== hostname()) return true;
  const { stdout, failed } = await execa('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false });
  return !failed && !stdout.startsWith('Z');
};

const read = async (file: string): Promise<Hold | undefined> => {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : holdSchema.parse(JSON.parse(text));
};

const minutesSince = (instant: string): number =>
  Math.max(0, Math.round((Date.now() - Date.parse(instant)) / 60_000));

/**
 * Runs what writes to an environment from this folder, one at a time: two would overwrite each other's plans. The
 * hold of a process that is gone is taken over, and its Terraform, which goes on by itself, is waited for.
 * @param command what is said to whoever comes second
 * @throws ENVIRONMENT_BUSY
 */
export const holding = async <T>(
  { output, signal }: Pick<Invocation, 'output' | 'signal'>,
  { root, environment }: Project,
  command: string,
  work: () => Promise<T>,
): Promise<T> => {
  const folder = environmentFolder(root, environment.name);
  const file = join(folder, 'hold.json');
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
      const holder = await read(file);
      if (holder === undefined) continue;
      if (await isAlive(holder)) {
        throw busy({
          code: 'ENVIRONMENT_BUSY',
          message: `Environment ${environment.name} is worked on by ${holder.user}@${holder.host}, process ${holder.pid} (${holder.command}, since ${minutesSince(holder.since)} min).`,
          hint: 'Wait until it ends and call again.',
          details: { holder },
        });
      }
      await rename(file, `${own}.gone`).catch(() => undefined);
    }
    try {
      const journal = journalFolder({ root, environment });
      await outlastOrphans(journal, (line) => output.event(line), signal);
      return await work();
    } finally {
      if ((await read(file))?.token === token) await rm(file, { force: true });
    }
  } finally {
    await rm(own, { force: true });
    await rm(`${own}.gone`, { force: true });
  }
};
