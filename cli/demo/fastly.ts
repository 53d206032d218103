import { join } from 'node:path';
import { fastly } from '../../etl/fastly/feed.ts';
import { generateFastlyDay } from '../../examples/fastly-day.ts';
import type { DemoFeed } from './demo-feed.ts';

export const fastlyDemo: DemoFeed = {
  feed: fastly,
  params: {},
  async layOut(folder, date) {
    const { files, requests } = await generateFastlyDay({
      folder: join(folder, 'fastly-logs'),
      ...{ date, files: 12, requestsPerFile: 400, seed: 1 },
    });
    return `${files} log files, ${requests} requests`;
  },
  tables: [
    {
      title: 'Most watched channels',
      columns: {
        channel: 'text',
        minutes: 'whole',
        starts: 'whole',
        requests: 'whole',
        megabytes: 'whole',
      },
      sql: `
        SELECT channel_id AS channel, sum(minutes_watched) AS minutes, sum(channel_start) AS starts,
          sum(request_count) AS requests, sum(request_size_bytes) / 1000000.0 AS megabytes
        FROM fastly_log_aggregated_metadata
        WHERE channel_id <> ''
        GROUP BY channel_id
        ORDER BY minutes DESC, channel_id
        LIMIT 5`,
    },
  ],
};
