import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateCmsLiteArchive } from '../examples/cms-lite-archive.ts';
import { pythonOf } from './contestants.ts';
import { benchFeed } from './feed-bench.ts';
import type { BenchOptions } from './freewheel.ts';

const DATE = '2026-01-15';
const [ARCHIVES, ROWS] = [20, 50_000];

const FIGURES = ['activities', 'named', 'names', 'letters', 'latest', 'groups', 'managers', 'organized'];

const QUERY = `SELECT (SELECT count(*)::INT FROM cmslite.user_activity) AS activities,
  (SELECT count(group_name)::INT FROM cmslite.user_activity) AS named,
  (SELECT count(DISTINCT group_name)::INT FROM cmslite.user_activity) AS names,
  (SELECT sum(length(memo))::INT FROM cmslite.user_activity) AS letters,
  (SELECT strftime(max(activity_date), '%H:%M:%S.%g') FROM cmslite.user_activity) AS latest,
  (SELECT count(*)::INT FROM cmslite.cms_group) AS groups,
  (SELECT count(*)::INT FROM cmslite.user_group WHERE is_group_mgr) AS managers,
  (SELECT count(organization)::INT FROM cmslite.user_status) AS organized`;

const shown = (figures: Readonly<Record<string, unknown>>): string =>
  FIGURES.map((name) => `${name} ${String(figures[name])}`).join(', ');

const loadedFigures = async (local: string): Promise<string> => {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(join(local, 'warehouse.duckdb'), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const [row] = (await connection.runAndReadAll(QUERY)).getRowObjects();
    return shown(row ?? {});
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

const generate = async (folder: string) => {
  let [rows, bytes] = [0, 0];
  for (let seed = 1; seed <= ARCHIVES; seed++) {
    const name = `cms-analytics-csv.${String(seed).padStart(2, '0')}.tgz`;
    const truth = await generateCmsLiteArchive({
      ...{ folder, name, date: DATE, rows: ROWS, seed, dirty: false },
    });
    rows += Object.values(truth.rows).reduce((sum, count) => sum + count, 0);
    bytes += truth.unpackedBytes;
  }
  return { rows, bytes };
};

/** The feed beside pandas. @returns the section of the results */
export const benchCmsLite = async (options: BenchOptions): Promise<string> => {
  const bench = join(options.root, 'bench');
  const { python, versions } = await pythonOf(bench);
  return benchFeed(options, {
    feed: 'cms-lite',
    title: 'CMS Lite',
    intro:
      'Archives of four CSV files, added to their tables. All unpack them, read the times, derive the groups, write ' +
      'each file in the form that is loaded, fill tables (pandas by to_sql into SQLite) and keep a copy of the ' +
      'archive; after every run counts and sums of the tables were compared: they were the same. Peaches alone ' +
      'also checks every row and every name in an archive, keeps a ledger and quarantine, and loads all tables of ' +
      'an archive in one transaction.',
    date: DATE,
    bucket: 'cms-lite-archives',
    params: { truncate: false },
    size: `${ARCHIVES}x${ROWS}`,
    generate,
    figures: loadedFigures,
    peers: [
      {
        name: 'pandas, whole columns',
        command: (archives, out) => ({
          file: python,
          args: [join(bench, 'peers', 'cms_lite_pandas.py'), archives, out],
        }),
        figures: async (out) =>
          shown(JSON.parse(await readFile(join(out, 'figures.json'), 'utf8')) as Record<string, unknown>),
      },
    ],
    versions: [`Node ${process.versions.node}`, ...versions],
    memoryGoalMiB: 300,
  });
};
