import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freewheel } from '../../etl/freewheel/feed.ts';
import { generateFreewheelDay } from '../../examples/freewheel-day.ts';
import type { DemoFeed, ShownTable } from './demo-feed.ts';

const NETWORK = '171213';

const mostCapacity = (dimension: string): ShownTable => ({
  title: `Most ad capacity by ${dimension}, midroll`,
  columns: { id: 'text', name: 'text', breaks: 'whole', capacity: 'whole', sold: 'whole', unsold: 'whole' },
  sql: `
    SELECT id, coalesce(name, '(no name)') AS name, breaks, capacity_impressions AS capacity,
      sold_impressions AS sold, unsold_impressions AS unsold
    FROM freewheel_capacity
    WHERE class = 'midroll' AND dimension = '${dimension}'
    ORDER BY capacity_impressions DESC, id
    LIMIT 5`,
});

/** Every break has one series, so that the series of a class add up to the class. */
const byClass: ShownTable = {
  title: 'By class',
  columns: {
    class: 'text',
    breaks: 'whole',
    hours_offered: 'whole',
    hours_sold: 'whole',
    hours_unsold: 'whole',
    sell_through: 'share',
  },
  sql: `
    SELECT class, sum(breaks) AS breaks, sum(max_duration_seconds) / 3600.0 AS hours_offered,
      sum(max_duration_seconds - time_unfilled_seconds) / 3600.0 AS hours_sold,
      sum(time_unfilled_seconds) / 3600.0 AS hours_unsold,
      1 - 1.0 * sum(time_unfilled_seconds) / nullif(sum(max_duration_seconds), 0) AS sell_through
    FROM freewheel_capacity
    WHERE dimension = 'series'
    GROUP BY class
    ORDER BY breaks DESC`,
};

export const freewheelDemo: DemoFeed = {
  feed: freewheel,
  params: { networkId: NETWORK },
  async layOut(folder, date) {
    const { files, rows, names } = await generateFreewheelDay({
      folder: join(folder, freewheel.external?.['v4logs']?.bucket ?? ''),
      ...{ date, networkId: NETWORK, files: 12, megabytesPerFile: 1, seed: 1 },
    });
    for (const [dictionary, known] of Object.entries(names)) {
      const place = join(folder, 'freewheel-ids', dictionary);
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'names.json'), JSON.stringify(known));
    }
    return `${files} log files, ${rows} rows`;
  },
  tables: [byClass, ...['series', 'sites', 'site-sections'].map(mostCapacity)],
};
