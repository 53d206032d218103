import { join } from 'node:path';
import { tvMetadata } from '../../etl/tv-metadata/feed.ts';
import { generateTvMetadataDay } from '../../examples/tv-metadata-day.ts';
import type { DemoFeed } from './demo-feed.ts';

const REGIONS = ['be', 'nl'];
const COUNTED = ['channels', 'events', 'series', 'titles'] as const;

const rowsOf = (counted: string): string =>
  `SELECT region, ${COUNTED.map((name) => `${name === counted ? 1 : 0} AS ${name}`).join(', ')} FROM tv_aug_${counted}_metadata`;

export const tvMetadataDemo: DemoFeed = {
  feed: tvMetadata,
  params: { regions: REGIONS },
  async layOut(folder, date) {
    const truth = await generateTvMetadataDay({
      folder: join(folder, 'tv-metadata-source'),
      ...{ date, regions: REGIONS, titles: 200, seed: 1 },
    });
    const bytes = Object.values(truth).reduce((sum, region) => sum + region.bytes, 0);
    return `${REGIONS.length} documents, ${(bytes / 1e6).toFixed(1)} MB`;
  },
  tables: [
    {
      title: 'The programme guide by region',
      columns: { region: 'text', channels: 'whole', events: 'whole', series: 'whole', titles: 'whole' },
      sql: `
        SELECT region, ${COUNTED.map((name) => `sum(${name}) AS ${name}`).join(', ')}
        FROM (${COUNTED.map(rowsOf).join(' UNION ALL ')}) AS counted
        GROUP BY region
        ORDER BY region`,
    },
  ],
};
