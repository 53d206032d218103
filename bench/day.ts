import {
  appendFile,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateFreewheelDay, type DayTruth } from '../examples/freewheel-day.ts';

/** The generated day that all contestants work on. */

export const DATE = '2026-01-15';
const NETWORK = '171213';
const OPTIONS = {
  ...{ date: DATE, networkId: NETWORK, files: 100, megabytesPerFile: 10.8, seed: 1, dirty: true },
  // Two of the peers' CSV readers can't tell a row that is too short from a whole one.
  wholeSlots: true,
};

const EMPTY_MEMBER = gzipSync('');

export interface CachedDay {
  readonly folder: string;
  readonly truth: DayTruth;
}

/** One contestant's own copy of the day: input, and room for what it writes. */
export interface Arena {
  readonly dir: string;
  readonly logs: string;
  readonly names: string;
}

const logsBelow = (folder: string): string => join(folder, NETWORK, 'v4logs', DATE);

/** Generates the day, or takes the one of before. @param data `bench/data` */
export const cachedDay = async (data: string): Promise<CachedDay> => {
  const folder = join(data, `day-${OPTIONS.files}x${OPTIONS.megabytesPerFile}-${OPTIONS.seed}`);
  const truthFile = join(folder, 'truth.json');
  try {
    return { folder, truth: JSON.parse(await readFile(truthFile, 'utf8')) as DayTruth };
  } catch {
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    const truth = await generateFreewheelDay({ ...OPTIONS, folder: fresh });
    await writeFile(join(fresh, 'truth.json'), JSON.stringify(truth));
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return { folder, truth };
  }
};

/**
 * Lays out the day below `dir` as `--local` wants it, by hard links.
 * @param scale 0.1 takes a tenth of the files, 4 takes all of them four times under other names, with members of no
 *   byte behind, as files that are byte for byte the same would count once
 */
export const layOut = async (day: CachedDay, dir: string, scale: number): Promise<Arena> => {
  await rm(dir, { recursive: true, force: true });
  const logs = logsBelow(join(dir, 'store', 'fw-prod-v4logs'));
  const names = join(dir, 'store', 'freewheel-ids');
  await mkdir(logs, { recursive: true });
  const source = logsBelow(day.folder);
  const files = (await readdir(source)).sort();
  for (let copy = 0; copy < Math.max(1, scale); copy++) {
    for (const file of files.slice(0, Math.round(files.length * Math.min(1, scale)))) {
      const target = join(logs, file.replace('-hash-', `-hash-${copy}`));
      if (copy === 0) await link(join(source, file), target);
      else {
        await copyFile(join(source, file), target);
        await appendFile(target, Buffer.concat(Array.from({ length: copy }, () => EMPTY_MEMBER)));
      }
    }
  }
  for (const [dimension, dictionary] of Object.entries(day.truth.names)) {
    await mkdir(join(names, dimension), { recursive: true });
    await writeFile(join(names, dimension, 'names.json'), JSON.stringify(dictionary));
  }
  return { dir, logs, names };
};
