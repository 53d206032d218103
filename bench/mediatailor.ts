import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpacked } from '../etl/mediatailor/gzip-layers.ts';
import { generateMediatailorDay } from '../examples/mediatailor-day.ts';
import { benchFeed } from './feed-bench.ts';
import type { BenchOptions } from './freewheel.ts';

const DATE = '2026-01-15';
const OPTIONS = { date: DATE, objects: 100, eventsPerObject: 2500, seed: 1, dirty: false } as const;

interface Figures {
  readonly events: number;
  readonly eventTypes: Readonly<Record<string, number>>;
  /** Filled and available seconds by origin. */
  readonly fills: Readonly<Record<string, { readonly filled: number; readonly avail: number }>>;
}

/** Sums of seconds are rounded, as adding them is not exact. */
const shown = ({ events, eventTypes, fills }: Figures): string =>
  JSON.stringify([
    events,
    Object.entries(eventTypes).toSorted(),
    Object.entries(fills)
      .map(([origin, { filled, avail }]) => [origin, filled.toFixed(3), avail.toFixed(3)])
      .toSorted(),
  ]);

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

interface Summary {
  readonly events: number;
  readonly eventTypes: Readonly<Record<string, number>>;
  readonly fillRates: readonly {
    readonly originId: string;
    readonly filledDurationSeconds: number;
    readonly originAvailDurationSeconds: number;
  }[];
}

const publishedFigures = async (local: string): Promise<string> => {
  const path = join(local, 'store', 'mediatailor-data', 'summary', `date=${DATE}`, 'summary.json');
  const { events, eventTypes, fillRates } = (await readJson(path)) as Summary;
  const fills = fillRates.map(
    ({ originId, filledDurationSeconds: filled, originAvailDurationSeconds: avail }) =>
      [originId, { filled, avail }] as const,
  );
  return shown({ events, eventTypes, fills: Object.fromEntries(fills) });
};

const unpackedBytes = async (folder: string): Promise<number> => {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    for await (const piece of unpacked(file, createReadStream(file))) bytes += piece.length;
  }
  return bytes;
};

/** The feed beside a plain Node program. @returns the section of the results */
export const benchMediatailor = (options: BenchOptions): Promise<string> =>
  benchFeed(options, {
    feed: 'mediatailor',
    title: 'MediaTailor',
    intro:
      'One day of log objects in all six layouts. Both unpack and flatten them, leave out what is there twice, ' +
      'write rows as JSON and CSV and sum up types and fill rates; after every run these figures were compared: ' +
      'they were the same. Peaches alone also quarantines what it can’t read, keeps a ledger and splits long ' +
      'messages, sums by minute and fills a warehouse; the peer knows nothing but whole objects.',
    date: DATE,
    bucket: 'mediatailor-logs',
    params: {},
    size: `${OPTIONS.objects}x${OPTIONS.eventsPerObject}-${OPTIONS.seed}`,
    generate: async (folder) => {
      const { events } = await generateMediatailorDay({ ...OPTIONS, folder });
      return { rows: events, bytes: await unpackedBytes(folder) };
    },
    figures: publishedFigures,
    peers: [
      {
        name: 'Node streams',
        command: (logs, out) => ({
          file: process.execPath,
          args: [join(options.root, 'bench', 'peers', 'mediatailor-stream.mjs'), logs, out, DATE],
        }),
        figures: async (out) => shown((await readJson(join(out, 'figures.json'))) as Figures),
      },
    ],
    versions: [`Node ${process.versions.node}`],
    memoryGoalMiB: 300,
  });
