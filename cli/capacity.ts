import { text } from 'node:stream/consumers';
import type { ObjectStore } from '../etl/runtime/object-store.ts';
import type { CapacityList, ClassSummary } from './views/capacity.ts';

const LOGS = 'freewheel-logs';

/** What the FreeWheel feed published for a day. */
export interface DayCapacity {
  readonly summaries: readonly ClassSummary[];
  /** Every dimension of every class. */
  readonly lists: readonly CapacityList[];
}

/** @throws OBJECT_NOT_FOUND where a stage has not published yet */
export const readCapacity = async (
  store: ObjectStore,
  date: string,
  classes: readonly string[],
  dimensions: readonly string[],
): Promise<DayCapacity> => {
  const read = async <T>(key: string): Promise<T> =>
    JSON.parse(await text((await store.get(LOGS, key)).body)) as T;
  const summaries = classes.map((name) =>
    read<ClassSummary>(`filtered/class=${name}/date=${date}/summary.json`),
  );
  const lists = classes.flatMap((name) =>
    dimensions.map((dimension) => read<CapacityList>(`load/class=${name}/date=${date}/${dimension}.json`)),
  );
  return { summaries: await Promise.all(summaries), lists: await Promise.all(lists) };
};
