import { execa } from 'execa';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { documentKey, generateTvMetadataDay, type RegionTruth } from '../examples/tv-metadata-day.ts';
import { failed } from '../errors/errors.ts';
import type { BenchOptions } from './freewheel.ts';
import { measure, type Command, type Measurement } from './process-tree.ts';
import { median } from './results.ts';

const [DATE, REGION] = ['2026-01-15', 'be'] as const;
/** Titles of a document of a gigabyte. */
const TITLES = 205_000;
/** Peers hold the whole document many times over in memory, so they get a tenth. */
const PEERS_SCALE = 0.1;
const PEAK_GOAL_MIB = 300;

/** What every contestant must come to: rows by array, and the seconds of all events. */
interface Figures {
  readonly rows: Readonly<Record<string, number>>;
  readonly seconds: number;
}

interface Document extends RegionTruth {
  readonly path: string;
  readonly figures: Figures;
}

interface Contestant {
  readonly name: string;
  command(document: Document, arena: string): Command;
  figures(arena: string): Promise<Figures>;
}

/** A document of a scale, generated or of before. */
const cachedDocument = async (data: string, scale: number): Promise<Document> => {
  const folder = join(data, `tv-metadata-${Math.round(TITLES * scale)}`);
  const [path, truthFile] = [join(folder, documentKey(DATE, REGION)), join(folder, 'truth.json')];
  try {
    return { ...(JSON.parse(await readFile(truthFile, 'utf8')) as RegionTruth & { figures: Figures }), path };
  } catch {
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    let seconds = 0;
    const titles = Math.round(TITLES * scale);
    const { [REGION]: truth } = await generateTvMetadataDay({
      ...{ folder: fresh, date: DATE, regions: [REGION], titles, seed: 1 },
      onElement: ({ array, element }) => {
        if (array === 'events') seconds += Number(element['durationInSeconds']);
      },
    });
    const document = { ...truth, figures: { rows: truth?.rows ?? {}, seconds } };
    await writeFile(join(fresh, 'truth.json'), JSON.stringify(document));
    await rename(fresh, folder);
    return { bytes: 0, rejected: {}, dropped: {}, rows: {}, ...document, path };
  }
};

const readFigures = async (path: string): Promise<Figures> =>
  JSON.parse(await readFile(path, 'utf8')) as Figures;

const ours = async (root: string): Promise<Contestant> => {
  await execa('node', ['--import', 'tsx', 'build.ts'], { cwd: root });
  return {
    name: 'peaches',
    command: (_document, arena) => ({
      file: process.execPath,
      args: [
        join(root, 'dist', 'bootstrap.js'),
        ...['run', 'tv-metadata', '--config', join(arena, 'peaches.config.json')],
        ...['--date', DATE, '--local', arena, '--json'],
      ],
    }),
    figures: async (arena) => {
      const { DuckDBInstance } = await import('@duckdb/node-api');
      const instance = await DuckDBInstance.create(join(arena, 'warehouse.duckdb'), {
        access_mode: 'READ_ONLY',
      });
      const connection = await instance.connect();
      const value = async (sql: string): Promise<number> =>
        Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0]);
      const report = join(arena, `store/tv-metadata-data/reports/date=${DATE}/region=${REGION}.json`);
      const { rows } = JSON.parse(await readFile(report, 'utf8')) as Figures;
      const loaded: Record<string, number> = {};
      for (const array of Object.keys(rows))
        loaded[array] = await value(`SELECT count(*) FROM tv_aug_${array}_metadata`);
      const seconds = await value('SELECT sum(duration_in_seconds) FROM tv_aug_events_metadata');
      connection.closeSync();
      instance.closeSync();
      return { rows: loaded, seconds };
    },
  };
};

const python = (root: string): Contestant => ({
  name: 'Python json',
  command: ({ path }, arena) => ({
    file: 'python3',
    args: [join(root, 'bench', 'peers', 'tv_metadata.py'), path, join(arena, 'out')],
  }),
  figures: (arena) => readFigures(join(arena, 'out', 'figures.json')),
});

const JQ = '{rows: map_values(length), seconds: ([.events[].durationInSeconds] | add)}';

const jq: Contestant = {
  name: 'jq, counting only',
  command: ({ path }, arena) => ({
    file: 'sh',
    args: ['-c', 'jq "$0" "$1" > "$2"', JQ, path, join(arena, 'figures.json')],
  }),
  figures: (arena) => readFigures(join(arena, 'figures.json')),
};

/** Lays the document out as `--local` wants it. */
const layOut = async (document: Document, arena: string, config: string): Promise<void> => {
  await rm(arena, { recursive: true, force: true });
  const key = join(arena, 'store', 'tv-metadata-source', documentKey(DATE, REGION));
  await mkdir(dirname(key), { recursive: true });
  await link(document.path, key);
  const parsed = JSON.parse(await readFile(config, 'utf8')) as Record<string, unknown>;
  const feeds = { 'tv-metadata': { regions: [REGION] } };
  await writeFile(join(arena, 'peaches.config.json'), JSON.stringify({ ...parsed, feeds }));
};

interface Row extends Measurement {
  readonly name: string;
  readonly scale: number;
  readonly megabytes: number;
  readonly rows: number;
}

const lineOf = ({ name, scale, megabytes, rows, seconds, cpuSeconds, peakMiB }: Row): string =>
  `| ${name} | ${scale}x | ${megabytes.toFixed(0)} | ${seconds.toFixed(1)} | ${cpuSeconds.toFixed(1)} | ` +
  `${(megabytes / seconds).toFixed(1)} | ${Math.round(rows / seconds)} | ${peakMiB.toFixed(0)} |`;

const render = (rows: readonly Row[], rounds: number, leftOut: readonly string[]): string => {
  const own = rows.filter(({ name }) => name === 'peaches');
  const peak = Math.max(...own.map(({ peakMiB }) => peakMiB));
  const foreign = median(rows.map(({ foreignLoad }) => foreignLoad));
  const parts = [
    '## TV metadata',
    `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores, Node ${process.versions.node}. One ` +
      'document, pretty-printed, nine arrays. Peaches splits it, keeps ledger and report, and loads nine tables; ' +
      'Python loads the document whole and writes the nine files, no tables; jq only counts. Rows of every array ' +
      'and the seconds of all events were compared with the generator’s after every run: they were the same.',
    [
      '| | scale | MB | wall s | CPU s | MB/s | rows/s | peak MiB |',
      '| --- | --- | --- | --- | --- | --- | --- | --- |',
      ...rows.map(lineOf),
    ].join('\n'),
    `Medians of ${rounds} runs. Peers were run at ${PEERS_SCALE}x only: they hold the document in memory. Highest ` +
      `peak of peaches: ${peak.toFixed(0)} MiB; goal at most ${PEAK_GOAL_MIB} MiB: ` +
      `${peak <= PEAK_GOAL_MIB ? 'reached' : '**not reached**'}. Others used ${(foreign * 100).toFixed(0)} % of the ` +
      'cores meanwhile.',
    ...leftOut,
  ];
  return `${parts.join('\n\n')}\n`;
};

/** Runs everybody and checks every run's figures. @throws BENCH_FIGURES_DIFFER, BENCH_RUN_FAILED */
export const benchTvMetadata = async ({ root, rounds, scale, tell }: BenchOptions): Promise<string> => {
  const data = join(root, 'bench', 'data');
  await mkdir(data, { recursive: true });
  const product = await ours(root);
  const hasJq = !(await execa('jq', ['--version'], { reject: false })).failed;
  const peers = [python(root), ...(hasJq ? [jq] : [])];
  const plan = [
    ...[product, ...peers].map((contestant) => ({ contestant, at: PEERS_SCALE })),
    { contestant: product, at: scale },
  ];
  const rows: Row[] = [];
  for (const { contestant, at } of plan) {
    const document = await cachedDocument(data, at);
    const runs: Measurement[] = [];
    for (let round = 1; round <= rounds; round++) {
      const arena = join(data, 'tv-metadata-arena');
      await layOut(document, arena, join(root, 'examples', 'peaches.config.json'));
      runs.push(await measure(contestant.command(document, arena), arena, join(data, 'last-run.log')));
      const figures = await contestant.figures(arena);
      if (!isDeepStrictEqual(figures, document.figures)) {
        throw failed({
          code: 'BENCH_FIGURES_DIFFER',
          message: `${contestant.name} came to other rows than the generator wrote.`,
          hint: 'A benchmark of wrong results says nothing: mend the feed or the peer first.',
          details: { figures, expected: document.figures },
        });
      }
      await rm(arena, { recursive: true });
    }
    const of = (field: keyof Measurement): number => median(runs.map((run) => run[field]));
    const row: Row = {
      ...{ name: contestant.name, scale: at, megabytes: document.bytes / 1e6 },
      rows: Object.values(document.figures.rows).reduce((sum, count) => sum + count, 0),
      ...{ seconds: of('seconds'), cpuSeconds: of('cpuSeconds') },
      ...{ peakMiB: of('peakMiB'), foreignLoad: of('foreignLoad') },
    };
    tell(lineOf(row));
    rows.push(row);
  }
  return render(rows, rounds, hasJq ? [] : ['Left out: jq, which is not installed.']);
};
