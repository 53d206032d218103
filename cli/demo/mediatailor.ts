import { join } from 'node:path';
import { mediatailor } from '../../etl/mediatailor/feed.ts';
import { generateMediatailorDay } from '../../examples/mediatailor-day.ts';
import type { DemoFeed } from './demo-feed.ts';

export const mediatailorDemo: DemoFeed = {
  feed: mediatailor,
  params: {},
  async layOut(folder, date) {
    const { objects, events } = await generateMediatailorDay({
      folder: join(folder, 'mediatailor-logs'),
      ...{ date, objects: 16, eventsPerObject: 150, seed: 1 },
    });
    return `${objects} objects of Firehose, ${events} events`;
  },
  tables: [
    {
      title: 'Ad breaks by playback configuration',
      columns: {
        origin: 'text',
        ads: 'whole',
        seconds_offered: 'whole',
        seconds_filled: 'whole',
        fill_rate: 'share',
      },
      sql: `
        SELECT origin_id AS origin, sum(num_ads_sum) AS ads, sum(origin_avail_duration_sum) AS seconds_offered,
          sum(filled_duration_sum) AS seconds_filled,
          sum(filled_duration_sum) / nullif(sum(origin_avail_duration_sum), 0) AS fill_rate
        FROM cwl_mediatailor_fillrate
        GROUP BY origin_id
        ORDER BY origin_id`,
    },
  ],
};
