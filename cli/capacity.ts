import { text } from 'node:stream/consumers';
import type { ObjectStore } from '../etl/runtime/object-store.ts';
import { aliasOf } from '../etl/feed.ts';
import {
  NAMED_DIMENSIONS,
  type NamedItemsDocument,
  type SummaryDocument,
} from '../etl/freewheel/documents.ts';
import { freewheel } from '../etl/freewheel/feed.ts';

const LOGS = aliasOf(freewheel.name, 'logs');

/** What the FreeWheel feed published for a day. */
export interface DayCapacity {
  readonly summaries: readonly SummaryDocument[];
  /** Every named dimension of every class. */
  readonly lists: readonly NamedItemsDocument[];
}

/** @throws OBJECT_NOT_FOUND where a stage has not published yet */
export const readCapacity = async (
  store: ObjectStore,
  date: string,
  classes: readonly string[],
): Promise<DayCapacity> => {
  const read = async <T>(key: string): Promise<T> =>
    JSON.parse(await text((await store.get(LOGS, key)).body)) as T;
  const summaries = classes.map((name) =>
    read<SummaryDocument>(`filtered/class=${name}/date=${date}/summary.json`),
  );
  const lists = classes.flatMap((name) =>
    NAMED_DIMENSIONS.map((dimension) =>
      read<NamedItemsDocument>(`load/class=${name}/date=${date}/${dimension}.json`),
    ),
  );
  return { summaries: await Promise.all(summaries), lists: await Promise.all(lists) };
};
