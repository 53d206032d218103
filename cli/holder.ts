import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { environmentFolder } from '../config/paths.ts';
import { busy } from '../errors/errors.ts';
import type { PeachesError } from '../errors/errors.ts';
import { isRunning } from '../terraform/orphans.ts';
import type { Project } from './project.ts';

const holdSchema = z.object({
  pid: z.number(),
  user: z.string(),
  host: z.string(),
  command: z.string(),
  since: z.string(),
  token: z.string(),
});
/** Who writes to an environment from this folder. */
export type Hold = z.infer<typeof holdSchema>;

export const holdFile = ({ root, environment }: Project): string =>
  join(environmentFolder(root, environment.name), 'hold.json');

export const readHold = async (file: string): Promise<Hold | undefined> => {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : holdSchema.parse(JSON.parse(text));
};

/** On another host nobody can tell, so it counts as alive. */
export const isAlive = async ({ pid, host }: Hold): Promise<boolean> =>
  host !== hostname() || (await isRunning(pid));

/** @returns whoever else works on the environment at this moment */
export const otherHolder = async (project: Project): Promise<Hold | undefined> => {
  const hold = await readHold(holdFile(project));
  return hold !== undefined && hold.pid !== process.pid && (await isAlive(hold)) ? hold : undefined;
};

const minutesSince = (instant: string): number =>
  Math.max(0, Math.round((Date.now() - Date.parse(instant)) / 60_000));

export const environmentBusy = ({ environment }: Project, holder: Hold): PeachesError =>
  busy({
    code: 'ENVIRONMENT_BUSY',
    message: `Environment ${environment.name} is worked on by ${holder.user}@${holder.host}, process ${holder.pid} (${holder.command}, since ${minutesSince(holder.since)} min).`,
    hint: 'Wait until it ends and call again.',
    details: { holder },
  });
