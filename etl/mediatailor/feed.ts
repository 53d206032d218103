import { defineFeed } from '../define-feed.ts';
import { everyMinutes } from '../feed.ts';
import { mediatailorGuide } from './guide.ts';
import { EVENTS_EXPIRE_DAYS, mediatailorParams } from './params.ts';
import {
  adEventTypeTable,
  errorTable,
  fillrateTable,
  impressionBeaconTable,
  interactionsTable,
  QUICKSIGHT_COLUMNS,
  uniqueUsersTable,
} from './tables.ts';

export const mediatailor = defineFeed({
  name: 'mediatailor',
  title: 'MediaTailor ad decision server interactions: ad breaks, beacons, errors',
  params: mediatailorParams,
  buckets: {
    logs: { expireDays: { '': 90 } },
    // Two files a day: QuickSight takes 1000 of them.
    data: {
      expireDays: {
        'events/': EVENTS_EXPIRE_DAYS,
        'overflow/': 90,
        'redshift/': 90,
        'strays/': 90,
        'quicksight/data/': 400,
      },
    },
  },
  logDeliveries: {
    interactions: {
      title: 'MediaTailor ad decision server interactions',
      group: ({ logGroup, logDelivery }) =>
        logDelivery === 'none' ? undefined : { name: logGroup, exists: logDelivery === 'existing' },
      to: 'logs/',
    },
  },
  guide: mediatailorGuide,
  dataSets: {
    interactions: {
      title: 'MediaTailor ad decision server interactions',
      published: 'data/quicksight/',
      manifest: 'manifest.json',
      columns: QUICKSIGHT_COLUMNS,
      rules: { manifest: 'permissions.manifest.json', columns: ({ quicksightRules }) => quicksightRules },
      users: ({ quicksightUsers }) => quicksightUsers,
    },
  },
  tables: {
    interactions: interactionsTable,
    fillrate: fillrateTable,
    'ad-event-type': adEventTypeTable,
    error: errorTable,
    'unique-users': uniqueUsersTable,
    'impression-beacon': impressionBeaconTable,
  },
  window: ({ lateHours }) => ({ back: Math.ceil(lateHours / 24), ahead: 0 }),
  stages: {
    flatten: {
      title: 'Unpack log objects into events by hour',
      on: everyMinutes(15),
      reads: ['logs/', 'data/strays/'],
      writes: ['data/events/', 'data/overflow/', 'data/strays/'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 60,
      concurrency: 2,
      run: () => import('./flatten.ts'),
    },
    load: {
      title: 'Each event once, for warehouse and QuickSight, and figures by minute and hour',
      after: 'flatten',
      reads: ['data/'],
      writes: ['data/redshift/', 'data/quicksight/', 'data/summary/'],
      tables: ['interactions', 'fillrate', 'ad-event-type', 'error', 'unique-users', 'impression-beacon'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 60,
      run: () => import('./load.ts'),
    },
  },
});
