import { defineFeed } from '../define-feed.ts';
import { everyMinutes } from '../feed.ts';
import { cmsLiteParams, SQL_FILE } from './params.ts';
import { cmsLiteTables } from './tables.ts';

export const cmsLite = defineFeed({
  name: 'cms-lite',
  title: 'CMS Lite: users, groups and activity from archives of CSV files',
  params: cmsLiteParams,
  textFiles: { sql_query: SQL_FILE },
  buckets: { archives: { adopts: ({ bucket }) => bucket } },
  tables: cmsLiteTables,
  stages: {
    unpack: {
      title: 'Unpack archives, check their rows and bring them into one form',
      on: everyMinutes(30),
      reads: ['archives/'],
      writes: ['archives/'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 120,
      run: () => import('./unpack.ts'),
    },
    load: {
      title: 'Load all tables of an archive in one transaction',
      after: 'unpack',
      reads: ['archives/'],
      writes: ['archives/'],
      tables: 'all',
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 120,
      run: () => import('./load.ts'),
    },
  },
});
