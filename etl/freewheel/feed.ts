import { defineFeed } from '../define-feed.ts';
import { cron, everyMinutes } from '../feed.ts';
import { freewheelParams } from './params.ts';
import { capacityTable } from './tables.ts';

/** FreeWheel's account, which owns the log bucket and the roles that customers may assume. */
const FREEWHEEL_ACCOUNT = '265086463190';

export const freewheel = defineFeed({
  name: 'freewheel',
  title: 'FreeWheel V4 logs: ad capacity by series, site and site section',
  params: freewheelParams,
  buckets: {
    logs: { expireDays: { 'raw/': 90, 'slots/': 400 } },
    ids: {},
  },
  external: {
    v4logs: {
      bucket: 'fw-prod-v4logs',
      prefix: ({ networkId }) => `${networkId}/v4logs/`,
      assumeRole: ({ networkId }) => `arn:aws:iam::${FREEWHEEL_ACCOUNT}:role/${networkId}-V4LogAccess-role`,
    },
  },
  secrets: {
    api: { title: 'FreeWheel API user', fields: ['username', 'password'], optional: true },
  },
  tables: { capacity: capacityTable },
  window: ({ lookbackDays }) => ({ back: lookbackDays, ahead: 1 }),
  stages: {
    extract: {
      title: 'Copy new log files, verified byte for byte',
      on: everyMinutes(15),
      reads: ['v4logs/', 'logs/raw/'],
      writes: ['logs/raw/'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 60,
      concurrency: 4,
      run: () => import('./extract.ts'),
    },
    slots: {
      title: 'Keep the slot impressions, as Parquet',
      after: 'extract',
      reads: ['logs/raw/', 'logs/slots/'],
      writes: ['logs/slots/'],
      memoryMiB: 4096,
      vcpu: 2,
      timeoutMinutes: 60,
      concurrency: 4,
      run: () => import('./slots.ts'),
    },
    ids: {
      title: 'Names of series, sites and site sections from the FreeWheel API',
      on: cron('30 3 * * ? *'),
      reads: ['ids/'],
      writes: ['ids/'],
      secrets: ['api'],
      memoryMiB: 1024,
      vcpu: 0.5,
      timeoutMinutes: 30,
      run: () => import('./ids.ts'),
    },
    filter: {
      title: 'Slots and sums of each break class',
      after: 'slots',
      reads: ['logs/slots/'],
      writes: ['logs/filtered/'],
      memoryMiB: 4096,
      vcpu: 2,
      timeoutMinutes: 30,
      concurrency: 2,
      run: () => import('./filter.ts'),
    },
    'by-item': {
      title: 'Capacity by series, site, site section and device',
      after: 'slots',
      reads: ['logs/slots/'],
      writes: ['logs/by-item/'],
      memoryMiB: 4096,
      vcpu: 2,
      timeoutMinutes: 30,
      concurrency: 1,
      run: () => import('./by-item.ts'),
    },
    load: {
      title: 'Named capacity, as JSON and in the warehouse',
      after: 'by-item',
      reads: ['logs/by-item/', 'ids/'],
      writes: ['logs/load/'],
      tables: ['capacity'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 30,
      run: () => import('./load.ts'),
    },
  },
});
