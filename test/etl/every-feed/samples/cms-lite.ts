import { join } from 'node:path';
import { LineFile } from '../../../../etl/runtime/line-file.ts';
import { generateCmsLiteArchive } from '../../../../examples/cms-lite-archive.ts';
import { tar } from '../../cms-lite/support/archive.ts';
import type { FeedSample } from '../support/sample.ts';

const BUCKET = 'cms-lite-archives';
const nameOf = (date: string, what: string): string => `cms-analytics-csv.${date}-${what}.tgz`;
const keyOf = (date: string, what: string): string => `${BUCKET}/client/cmslite_gdx/${nameOf(date, what)}`;

/** The other three files of an archive, a row each. */
const OTHERS = [
  {
    name: 'analytics_user_group.csv',
    content: 'ID,USER_ID,EMAIL,GROUP_ID,GROUP_NAME,SITE_KEY,IS_GROUP_MGR\n1,u-1,,g-1,Health,main,true\n',
  },
  {
    name: 'analytics_user_activity.csv',
    content: 'USER_ID,USER_IDIR,ACTIVITY_TYPE,MEMO,ACTIVITY_DATE\nu-1,,LOGIN,,2023-04-03 09:15:27.123000\n',
  },
  {
    name: 'analytics_user_status.csv',
    content:
      'ID,ORGANIZATION,USER_ID,USER_NAME,EMAIL,CREATED_DT,STATUS\n1,,u-1,,,2023-04-03 09:15:27.123000,active\n',
  },
];

const archiveOf = (groups: string): Promise<Buffer> =>
  tar([{ name: 'analytics_group.csv', content: `ID,NAME,ACTIVE,SITE_KEY\n${groups}` }, ...OTHERS]);

/** Archives are added here: where they replace each other nothing can be counted twice. */
const sample: FeedSample = {
  params: { truncate: false },
  generate: (store, date) =>
    generateCmsLiteArchive({
      ...{ folder: join(store, BUCKET), name: nameOf(date, 'generated'), date, rows: 40, seed: 7 },
    }),
  key: (date, n) => keyOf(date, String(n)),
  copyKey: (date) => keyOf(date, 'copy'),
  foreignKey: () => `${BUCKET}/client/cmslite_gdx/read-me.txt`,
  plain: (_date, { from = 0, good, bad = 0 }) =>
    archiveOf(
      Array.from({ length: good + bad }, (_, index) =>
        index < good ? `g-${from + index},Health,true,main\n` : 'too,few\n',
      ).join(''),
    ),
  bomb: () => archiveOf(`g,${'x'.repeat(100_000)},true,main\n`.repeat(420)),
  loaded: 'SELECT count(*)::INT AS rows FROM cmslite.cms_group',
  policy: { copy: 'once', newVersion: 'adds' },
  replacedByBroken: 'stays',
  empty: { nothing: 'missing-member', noRows: 'no-rows' },
  gone: 'archive-changed',
  rowPath: [{ of: LineFile.prototype, method: 'add', stage: 'unpack' }],
  progress: /\/processed\/(?:records|batch)\//u,
};

export default sample;
