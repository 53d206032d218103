import { defineFeed } from '../define-feed.ts';
import { cron } from '../feed.ts';
import { tvMetadataParams } from './params.ts';
import { tables } from './tables.ts';

export const tvMetadata = defineFeed({
  name: 'tv-metadata',
  title: 'TV metadata: events, channels, titles and six more tables of a programme guide',
  params: tvMetadataParams,
  buckets: { source: {}, data: {} },
  tables,
  window: ({ lookbackDays }) => ({ back: lookbackDays, ahead: 0 }),
  stages: {
    split: {
      title: 'Split each region’s document into nine tables',
      on: cron('0 1 * * ? *'),
      reads: ['source/'],
      writes: ['data/'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 120,
      run: () => import('./split.ts'),
    },
    load: {
      title: 'Replace the region’s rows of the day in the nine tables',
      after: 'split',
      reads: ['data/'],
      tables: Object.keys(tables),
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 120,
      run: () => import('./load.ts'),
    },
  },
});
