import { text } from 'node:stream/consumers';
import type { ObjectStore } from '../etl/runtime/object-store.ts';
import type { RunRecord } from '../etl/runtime/run-records.ts';

/** What is shown of a run record. */
export type LatestRun = Pick<
  RunRecord,
  'feed' | 'stage' | 'date' | 'status' | 'incomplete' | 'units' | 'unitsFailed' | 'rowsRejected' | 'endedAt'
>;

const DAYS = 7;

/** The latest run record of every stage of a feed, for its newest days, the newest first. */
export const latestRuns = async (store: ObjectStore, bucket: string, feed: string): Promise<LatestRun[]> => {
  const latest = new Map<string, string>();
  for await (const { key } of store.list(bucket, `runs/${feed}/`)) {
    latest.set(key.slice(0, key.lastIndexOf('/')), key);
  }
  const dayOf = (folder: string): string => folder.slice(folder.lastIndexOf('=') + 1);
  const days = [...new Set([...latest.keys()].map(dayOf))].sort().slice(-DAYS);
  const runs: LatestRun[] = [];
  for (const [folder, key] of latest) {
    if (!days.includes(dayOf(folder))) continue;
    const { body } = await store.get(bucket, key);
    const { stage, date, status, incomplete, units, unitsFailed, rowsRejected, endedAt } = JSON.parse(
      await text(body),
    ) as RunRecord;
    runs.push({ feed, stage, date, status, incomplete, units, unitsFailed, rowsRejected, endedAt });
  }
  return runs.sort((a, b) => (a.date === b.date ? compare(a.endedAt, b.endedAt) : compare(b.date, a.date)));
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
