import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  generateCmsLiteArchive,
  type CmsLiteFile,
  type CmsLiteTruth,
  type InventedRow,
} from '../../../examples/cms-lite-archive.ts';
import { cmsLite } from '../../../etl/cms-lite/feed.ts';
import type { RunReport } from '../../../etl/runtime/run.ts';
import { FeedFolder, stageOf } from '../support/feed-folder.ts';

const DATE = '2024-02-29';
const NAME = 'cms-analytics-csv.20240229.tgz';
const TABLES: Readonly<Record<CmsLiteFile, string>> = {
  analytics_user_activity: 'user_activity',
  analytics_user_group: 'user_group',
  analytics_group: 'cms_group',
  analytics_user_status: 'user_status',
};
const TIMES = new Set(['activity_date', 'created_dt']);

let folder: FeedFolder;
let truth: CmsLiteTruth;
let report: RunReport;
const invented: InventedRow[] = [];

beforeAll(async () => {
  folder = new FeedFolder(cmsLite, { date: DATE });
  truth = await generateCmsLiteArchive({
    folder: folder.path('cms-lite-archives'),
    ...{ name: NAME, date: DATE, rows: 9000, seed: 7 },
    onRow: (row) => invented.push(row),
  });
  report = await folder.run();
});
afterAll(() => folder.remove());

/** A row as the table is to hold it, found once more the plain way. */
const expectedOf = ({ file, values }: InventedRow): string => {
  const cells = Object.values(values);
  if (file !== 'analytics_user_activity') return JSON.stringify(cells);
  const words = String(values['memo'] ?? '').split(' - ');
  return JSON.stringify([...cells, words.length > 1 ? words[1] : null]);
};

const loaded = async (file: CmsLiteFile): Promise<readonly string[]> => {
  const [row] = invented.filter((candidate) => candidate.file === file);
  const names = [
    ...Object.keys(row?.values ?? {}),
    ...(file === 'analytics_user_activity' ? ['group_name'] : []),
  ];
  const columns = names.map((name) =>
    TIMES.has(name) ? `strftime(${name}, '%Y-%m-%d %H:%M:%S.%f') AS ${name}` : name,
  );
  const rows = await folder.query(`SELECT ${columns.join(', ')} FROM cmslite.${TABLES[file]}`);
  return rows.map((found) => JSON.stringify(names.map((name) => found[name]))).sort();
};

describe('a generated archive', () => {
  test.each(Object.keys(TABLES) as CmsLiteFile[])(
    'fills the table of %s with its rows, cell for cell',
    async (file) => {
      const expected = invented.filter((row) => row.file === file).map(expectedOf);
      expect(expected).toHaveLength(truth.rows[file]);
      expect(await loaded(file)).toEqual(expected.sort());
    },
  );

  test('accounts for every row', () => {
    const rows = Object.values(truth.rows).reduce((sum, count) => sum + count, 0);
    const { rejected, rowsIn, rowsOut, rowsRejected, dropped } = stageOf(report, 'unpack');
    expect(rejected).toEqual(truth.rejected);
    expect(Object.keys(rejected).length).toBeGreaterThan(5);
    expect(dropped).toEqual({ 'repeated-header': truth.repeatedHeaders });
    expect(rowsOut).toBe(rows);
    expect(rowsIn).toBe(rowsOut + rowsRejected + truth.repeatedHeaders);
    expect(stageOf(report, 'load')).toMatchObject({ rowsIn: rows, rowsOut: rows });
  });

  test('is kept, and lies in good as well', async () => {
    expect(await folder.files('cms-lite-archives/client/')).toEqual([`cmslite_gdx/${NAME}`]);
    expect(await folder.files('cms-lite-archives/processed/good/')).toEqual([`client/cmslite_gdx/${NAME}`]);
    expect(await folder.files('cms-lite-archives/processed/bad/')).toEqual([]);
    expect(await folder.files('cms-lite-archives/processed/batch/')).toEqual(
      Object.keys(TABLES)
        .flatMap((file) => [`${NAME}/${file}`, file].map((name) => `client/cmslite_gdx/${name}.csv`))
        .sort(),
    );
  });

  test('is not worked again by a second run, nor on another day', async () => {
    for (const date of [DATE, '2024-03-01']) {
      const again = await folder.run({}, { date });
      expect(again.stages.map(({ units }) => units)).toEqual([0, 0]);
    }
    expect((await loaded('analytics_group')).length).toBe(truth.rows.analytics_group);
  });
});
