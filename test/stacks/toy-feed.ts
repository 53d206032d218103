import { z } from 'zod';
import type { Environment } from '../../config/environment.ts';
import { cron, everyMinutes, type FeedDeclaration, type SourceLogGroup } from '../../etl/feed.ts';
import { anEnvironment } from '../support/environment.ts';

const neverRun = () => Promise.reject(new Error('synthesis must not load a stage'));

/** A small feed with one of everything: own and foreign buckets, a secret, a branching pipeline, a lone stage. */
interface ToyParams {
  readonly tenant: string;
  readonly labels: Record<string, string>;
  readonly logGroup?: SourceLogGroup | undefined;
  readonly readers?: readonly string[] | undefined;
}

export const toy: FeedDeclaration<ToyParams> = {
  name: 'toy',
  title: 'Toys',
  params: z.object({
    tenant: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    logGroup: z.strictObject({ name: z.string(), exists: z.boolean() }).optional(),
    readers: z.array(z.string()).optional(),
  }),
  buckets: { data: { expireDays: { 'raw/': 30 } }, names: {} },
  external: {
    vendor: {
      bucket: 'vendor-logs',
      prefix: ({ tenant }) => `${tenant}/`,
      assumeRole: ({ tenant }) => `arn:aws:iam::999999999999:role/${tenant}-reader`,
    },
    open: { bucket: 'open-data', prefix: () => 'toys/' },
  },
  secrets: { api: { title: 'Toy API', fields: ['key'] }, other: { title: 'Unused here', fields: ['key'] } },
  logDeliveries: {
    events: { title: 'Toy events', group: ({ logGroup }) => logGroup, to: 'data/events/' },
  },
  dataSets: {
    counts: {
      title: 'Toy counts',
      published: 'data/shown/',
      manifest: 'manifest.json',
      columns: new Map([
        ['day', 'time'],
        ['toy', 'text'],
      ]),
      rules: { manifest: 'rules.json', columns: () => ['UserName', 'toy'] },
      users: ({ readers = [] }) => readers,
    },
  },
  stages: {
    fetch: {
      title: 'Fetch',
      on: everyMinutes(15),
      reads: ['vendor/', 'open/'],
      writes: ['data/raw/'],
      memoryMiB: 2048,
      vcpu: 1,
      timeoutMinutes: 30,
      run: neverRun,
    },
    count: {
      title: 'Count',
      after: 'fetch',
      reads: ['data/raw/', 'names/'],
      writes: ['data/counts/'],
      memoryMiB: 1024,
      vcpu: 0.5,
      timeoutMinutes: 60,
      rejectLimit: { share: 0.005, fromRows: 10 },
      run: neverRun,
    },
    sample: {
      title: 'Sample',
      after: 'fetch',
      reads: ['data/raw/'],
      writes: ['data/samples/'],
      memoryMiB: 512,
      vcpu: 0.25,
      timeoutMinutes: 10,
      run: neverRun,
    },
    names: {
      title: 'Names',
      on: cron('30 3 * * ? *'),
      writes: ['names/'],
      secrets: ['api'],
      memoryMiB: 512,
      vcpu: 0.25,
      timeoutMinutes: 5,
      run: neverRun,
    },
  },
};

export const dev = anEnvironment({
  alarmEmail: 'data@example.com',
  monthlyBudgetUsd: 300,
  feeds: { toy: { tenant: 't1', labels: { a: '1', b: '2' } } },
});

/** The same with log events that are delivered, and a data set of QuickSight. */
export const reporting: Environment = {
  ...dev,
  feeds: {
    toy: {
      tenant: 't1',
      labels: {},
      logGroup: { name: 'vendor/events', exists: false },
      readers: ['arn:aws:quicksight:us-east-1:123456789012:user/default/reader'],
    },
  },
};
