import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateFastlyDay } from '../examples/fastly-day.ts';
import { pythonOf } from './contestants.ts';
import { benchFeed, type FeedPeer } from './feed-bench.ts';
import type { BenchOptions } from './freewheel.ts';

const DATE = '2026-01-15';
const [FILES, REQUESTS_PER_FILE] = [100, 5000];
const TABLE = 'fastly_log_aggregated_metadata';

const SUMS = {
  minutes: 'minutes_watched',
  starts: 'channel_start',
  bytes: 'request_size_bytes',
  requests: 'request_count',
  p720: 'count_720p',
  p1080: 'count_1080p',
  under: 'under_720p_count',
  between: 'between_720p_and_1080p_count',
  over: 'over_1080p_count',
} as const;

/** Minutes are rounded, as adding fractions is not exact. */
const shown = (figures: Readonly<Record<string, number>>): string =>
  ['groups', ...Object.keys(SUMS)]
    .map((name) => `${name} ${(figures[name] ?? NaN).toFixed(name === 'minutes' ? 3 : 0)}`)
    .join(', ');

const loadedFigures = async (local: string): Promise<string> => {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(join(local, 'warehouse.duckdb'), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const sums = Object.entries(SUMS).map(([name, column]) => `sum(${column})::DOUBLE AS "${name}"`);
    const sql = `SELECT count(*)::DOUBLE AS groups, ${sums.join(', ')} FROM ${TABLE}`;
    const [row] = (await connection.runAndReadAll(sql)).getRowObjects();
    return shown(row as Record<string, number>);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

const PEERS = [
  { name: 'pandas, a function a row', script: 'fastly_rows.py' },
  { name: 'pandas, whole columns', script: 'fastly_pandas.py' },
] as const;

const peerOf = ({ name, script }: (typeof PEERS)[number], bench: string, python: string): FeedPeer => ({
  name,
  command: (logs, out) => ({ file: python, args: [join(bench, 'peers', script), logs, out, DATE] }),
  figures: async (out) =>
    shown(JSON.parse(await readFile(join(out, 'figures.json'), 'utf8')) as Record<string, number>),
});

/** The feed beside pandas. @returns the section of the results */
export const benchFastly = async (options: BenchOptions): Promise<string> => {
  const bench = join(options.root, 'bench');
  const { python, versions } = await pythonOf(bench);
  return benchFeed(options, {
    feed: 'fastly',
    title: 'Fastly',
    intro:
      'One day of request logs, gzip and plain. All sum them up by minute, channel, distributor and place; ' +
      'after every run all sums were compared: they were the same. Peaches alone also checks every field, ' +
      'keeps a ledger and quarantine, and fills a warehouse.',
    date: DATE,
    bucket: 'fastly-logs',
    params: {},
    size: `${FILES}x${REQUESTS_PER_FILE}`,
    generate: async (folder) => {
      let bytes = 0;
      const truth = await generateFastlyDay({
        ...{ folder, date: DATE, files: FILES, requestsPerFile: REQUESTS_PER_FILE, seed: 1, dirty: false },
        onText: (text) => (bytes += text.length),
      });
      return { rows: truth.requests, bytes };
    },
    figures: loadedFigures,
    peers: PEERS.map((peer) => peerOf(peer, bench, python)),
    versions: [`Node ${process.versions.node}`, ...versions],
    memoryGoalMiB: 300,
  });
};
