import { defineFeed } from '../define-feed.ts';
import { cron, everyMinutes } from '../feed.ts';
import { fastlyGuide } from './guide.ts';
import { fastlyParams } from './params.ts';
import { aggregatedTable } from './tables.ts';

/** Fastly's account, which takes the roles that customers make for it. */
const FASTLY_ACCOUNT = '717331877981';

export const fastly = defineFeed({
  name: 'fastly',
  title: 'Fastly request logs: minutes watched, starts and traffic by channel and place',
  params: fastlyParams,
  buckets: {
    logs: { expireDays: { '': 35 } },
    data: { expireDays: { 'aggregated/': 35, 'strays/': 35 } },
  },
  deliverers: {
    fastly: {
      title: 'Fastly puts its request logs here',
      account: FASTLY_ACCOUNT,
      externalId: ({ customerId }) => customerId,
      writes: ['logs/'],
    },
  },
  guide: fastlyGuide,
  secrets: {
    api: { title: 'Fastly API token with scope global:read', fields: ['token'], optional: true },
  },
  tables: { aggregated: aggregatedTable },
  window: ({ lookbackDays }) => ({ back: lookbackDays, ahead: 0 }),
  stages: {
    aggregate: {
      title: 'Sum up the requests of each log file',
      on: everyMinutes(15),
      reads: ['logs/', 'data/strays/'],
      writes: ['data/aggregated/', 'data/strays/'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 60,
      run: () => import('./aggregate.ts'),
    },
    load: {
      title: 'The sums of the day, as Parquet and in the warehouse',
      after: 'aggregate',
      reads: ['data/aggregated/'],
      writes: ['data/daily/'],
      tables: ['aggregated'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 30,
      run: () => import('./load.ts'),
    },
    reconcile: {
      title: 'Compare the bytes of the logs with Fastly’s statistics',
      on: cron('15 4 * * ? *'),
      reads: ['data/daily/'],
      writes: ['data/reconciliation/'],
      secrets: ['api'],
      memoryMiB: 512,
      vcpu: 0.25,
      timeoutMinutes: 10,
      run: () => import('./reconcile.ts'),
    },
  },
});
