import { join } from 'node:path';
import { cmsLite } from '../../etl/cms-lite/feed.ts';
import { generateCmsLiteArchive } from '../../examples/cms-lite-archive.ts';
import type { DemoFeed } from './demo-feed.ts';

export const cmsLiteDemo: DemoFeed = {
  feed: cmsLite,
  params: {},
  async layOut(folder, date) {
    const { rows } = await generateCmsLiteArchive({
      folder: join(folder, 'cms-lite-archives'),
      name: `cms-analytics-csv.${date.replaceAll('-', '')}.tgz`,
      ...{ date, rows: 4000, seed: 1 },
    });
    const count = Object.values(rows).reduce((sum, one) => sum + one, 0);
    return `an archive of ${Object.keys(rows).length} files, ${count} rows`;
  },
  tables: [
    {
      title: 'What editors did',
      columns: { activity: 'text', users: 'whole', times: 'whole' },
      sql: `
        SELECT activity_type AS activity, count(DISTINCT user_id) AS users, count(*) AS times
        FROM cmslite.user_activity
        GROUP BY activity_type
        ORDER BY times DESC, activity`,
    },
  ],
};
