import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failed } from '../errors/errors.ts';
import { unpacked } from '../etl/mediatailor/gzip-layers.ts';
import { createReadStream } from 'node:fs';
import { generateMediatailorDay, type MediatailorTruth } from '../examples/mediatailor-day.ts';
import { bundle } from './contestants.ts';
import { renderFeed } from './feed-results.ts';
import type { BenchOptions } from './freewheel.ts';
import { measure, type Command, type Measurement } from './process-tree.ts';

const DATE = '2026-01-15';
const OPTIONS = { date: DATE, objects: 100, eventsPerObject: 2500, seed: 1, dirty: false } as const;
const MEMORY_SCALES = [0.1, 1];
const TRIAL_SCALE = 0.1;

interface Day {
  readonly folder: string;
  readonly truth: MediatailorTruth;
  /** Unpacked. */
  readonly bytes: number;
}

const filesBelow = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
};

const unpackedBytes = async (files: readonly string[]): Promise<number> => {
  let bytes = 0;
  for (const file of files)
    for await (const piece of unpacked(file, createReadStream(file))) bytes += piece.length;
  return bytes;
};

/** Generates the day, or takes the one of before. @param data `bench/data` */
const cachedDay = async (data: string): Promise<Day> => {
  const folder = join(data, `mediatailor-${OPTIONS.objects}x${OPTIONS.eventsPerObject}-${OPTIONS.seed}`);
  const about = `${folder}.json`;
  try {
    return { folder, ...(JSON.parse(await readFile(about, 'utf8')) as Omit<Day, 'folder'>) };
  } catch {
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
    const truth = await generateMediatailorDay({ ...OPTIONS, folder: fresh });
    const bytes = await unpackedBytes(await filesBelow(fresh));
    await rename(fresh, folder);
    await writeFile(about, JSON.stringify({ truth, bytes }));
    return { folder, truth, bytes };
  }
};

interface Figures {
  readonly events: number;
  readonly eventTypes: Readonly<Record<string, number>>;
  /** Filled and available seconds by origin. */
  readonly fills: Readonly<Record<string, { readonly filled: number; readonly avail: number }>>;
}

interface Contestant {
  readonly name: string;
  command(arena: string): Command;
  figures(arena: string): Promise<Figures>;
}

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

const ours = (root: string): Contestant => ({
  name: 'peaches',
  command: (arena) => ({
    file: process.execPath,
    args: [
      join(root, 'dist', 'bootstrap.js'),
      ...['run', 'mediatailor', '--config', join(arena, 'peaches.config.json')],
      ...['--date', DATE, '--local', arena, '--json'],
    ],
  }),
  figures: async (arena) => {
    const path = join(arena, 'store', 'mediatailor-data', 'summary', `date=${DATE}`, 'summary.json');
    const { events, eventTypes, fillRates } = (await readJson(path)) as Figures & {
      readonly fillRates: readonly {
        readonly originId: string;
        readonly filledDurationSeconds: number;
        readonly originAvailDurationSeconds: number;
      }[];
    };
    const fills = fillRates.map(
      ({ originId, filledDurationSeconds: filled, originAvailDurationSeconds: avail }) => [
        originId,
        { filled, avail },
      ],
    );
    return { events, eventTypes, fills: Object.fromEntries(fills) as Figures['fills'] };
  },
});

const stream = (root: string): Contestant => ({
  name: 'Node streams',
  command: (arena) => ({
    file: process.execPath,
    args: [
      join(root, 'bench', 'peers', 'mediatailor-stream.mjs'),
      ...[join(arena, 'store', 'mediatailor-logs'), join(arena, 'published'), DATE],
    ],
  }),
  figures: async (arena) => (await readJson(join(arena, 'published', 'figures.json'))) as Figures,
});

/** Lays the day out below `arena`. @param scale 0.1 takes every tenth object */
const layOut = async (day: Day, arena: string, scale: number): Promise<void> => {
  await rm(arena, { recursive: true, force: true });
  const files = (await filesBelow(day.folder)).toSorted();
  const every = Math.round(1 / scale);
  for (const file of files.filter((_, index) => index % every === 0)) {
    const target = join(arena, 'store', 'mediatailor-logs', file.slice(day.folder.length));
    await mkdir(dirname(target), { recursive: true });
    await link(file, target);
  }
  await mkdir(join(arena, 'published'), { recursive: true });
  const environment = { account: '123456789012', region: 'us-east-1', target: 'sandbox', warehouse: 'none' };
  const config = {
    name: 'bench',
    default: 'dev',
    environments: { dev: environment },
    feeds: { mediatailor: {} },
  };
  await writeFile(join(arena, 'peaches.config.json'), JSON.stringify(config));
};

/** Figures as text that is equal when they are; sums of seconds are rounded, as adding them is not exact. */
const shown = ({ events, eventTypes, fills }: Figures): string =>
  JSON.stringify([
    events,
    Object.entries(eventTypes).toSorted(),
    Object.entries(fills)
      .map(([origin, { filled, avail }]) => [origin, filled.toFixed(3), avail.toFixed(3)])
      .toSorted(),
  ]);

const figuresDiffer = (name: string, scale: number): Error =>
  failed({
    code: 'BENCH_FIGURES_DIFFER',
    message: `${name} came to other figures at ${scale}x.`,
    hint: 'A benchmark of wrong results says nothing: mend the feed, the peer or the generator first.',
    details: { name, scale },
  });

/** Runs feed and peer in turns and compares every run's figures. @returns the section of the results */
export const benchMediatailor = async ({ root, rounds, scale, tell }: BenchOptions): Promise<string> => {
  const data = join(root, 'bench', 'data');
  await mkdir(data, { recursive: true });
  tell('generating the day, or taking the one of before');
  const day = await cachedDay(data);
  await bundle(root);
  const [product, peer] = [ours(root), stream(root)];
  const expected = new Map<number, string>();
  const run = async (contestant: Contestant, at: number): Promise<Measurement> => {
    const arena = join(data, 'arena-mediatailor');
    await layOut(day, arena, at);
    const measurement = await measure(contestant.command(arena), arena, join(data, 'last-run.log'));
    const figures = await contestant.figures(arena);
    const text = shown(figures);
    if (at === 1 && figures.events !== day.truth.events) throw figuresDiffer(contestant.name, at);
    if (text !== (expected.get(at) ?? text)) throw figuresDiffer(contestant.name, at);
    expected.set(at, text);
    await rm(arena, { recursive: true });
    const { seconds, cpuSeconds, peakMiB } = measurement;
    tell(
      `${contestant.name}, ${at}x: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(1)} CPU s, ${peakMiB.toFixed(0)} MiB`,
    );
    return measurement;
  };
  tell('first a trial of each: the figures must be the same');
  for (const contestant of [product, peer]) await run(contestant, TRIAL_SCALE);
  const results = [product, peer].map(({ name }) => ({ name, runs: [] as Measurement[] }));
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}`);
    for (const [index, contestant] of [product, peer].entries())
      results[index]?.runs.push(await run(contestant, scale));
  }
  const memory: (Measurement & { scale: number })[] = [];
  for (const at of MEMORY_SCALES) memory.push({ scale: at, ...(await run(product, at)) });
  const intro =
    `One day of log objects in all six layouts${scale === 1 ? '' : `, of it ${scale}x`}. Both unpack and flatten them, leave out what is there twice, ` +
    'write rows as JSON and CSV and sum up types and fill rates; after every run these figures were compared: ' +
    'they were the same. Peaches alone also quarantines what it can’t read, keeps a ledger and splits long ' +
    'messages, sums by minute and fills a warehouse; the peer knows nothing but whole objects.';
  return renderFeed(
    {
      ...{ title: 'MediaTailor', intro, rounds, results, memory, memoryGoalMiB: 300 },
      rows: Math.round(day.truth.events * scale),
      bytes: day.bytes * scale,
      versions: [`Node ${process.versions.node}`],
    },
    new Date(),
  );
};
