import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { ObjectStore } from './object-store.ts';
import type { StageReport } from './run.ts';
import type { UtcDate } from './stage.ts';

/** What a run of a stage leaves behind: `runs/<feed>/<stage>/date=<date>/<run id>.json`. */
export interface RunRecord extends StageReport {
  readonly run: string;
  readonly feed: string;
  readonly date: UtcDate;
  readonly version: string;
  readonly status: 'done' | 'failed' | 'interrupted';
  readonly incomplete: boolean;
  readonly startedAt: string;
  readonly endedAt: string;
  /** Why the stage as a whole failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** A run's id: ids sort by time. */
export const newRunId = (now: Date): string =>
  `${now.toISOString().replaceAll(/[-:.]/gu, '')}-${randomBytes(4).toString('hex')}`;

export const recordPrefix = (feed: string, stage: string, date: UtcDate): string =>
  `runs/${feed}/${stage}/date=${date}/`;

export const writeRunRecord = async (
  store: ObjectStore,
  bucket: string,
  record: RunRecord,
): Promise<void> => {
  const key = `${recordPrefix(record.feed, record.stage, record.date)}${record.run}.json`;
  await store.put(bucket, key, `${JSON.stringify(record, undefined, 2)}\n`);
};

/** The records of a stage and day, oldest first. */
export const readRunRecords = async (
  store: ObjectStore,
  bucket: string,
  feed: string,
  stage: string,
  date: UtcDate,
): Promise<readonly RunRecord[]> => {
  const records: RunRecord[] = [];
  for await (const { key } of store.list(bucket, recordPrefix(feed, stage, date))) {
    const { body } = await store.get(bucket, key);
    records.push(JSON.parse(await text(body)) as RunRecord);
  }
  return records;
};
