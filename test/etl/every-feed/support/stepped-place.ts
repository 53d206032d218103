import type { ObjectStore } from '../../../../etl/runtime/object-store.ts';
import type { Place } from '../../../../etl/runtime/run.ts';
import type { Load, Row, Warehouse } from '../../../../etl/runtime/warehouse.ts';

/** What is about to be done, and on what: `put operations/ledger`, `load`. */
export type Step = string;

export interface Steps {
  /** Told of each access; it happens when the promise does, and never when it doesn't. */
  readonly before: (step: Step) => Promise<void>;
  /** Told when something that changes an object has been done. */
  readonly changed?: () => void;
}

async function* steppedRows(rows: Load['rows'], { before }: Steps): AsyncGenerator<Row> {
  await before('rows');
  yield* rows;
}

const steppedStore = (store: ObjectStore, steps: Steps): ObjectStore => {
  const step = (what: string, bucket: string, key: string) =>
    steps.before(`${what} ${bucket}/${key.split('/', 1)[0]}`);
  return {
    uri: (bucket, key) => store.uri(bucket, key),
    async *list(bucket, prefix) {
      await step('list', bucket, prefix);
      yield* store.list(bucket, prefix);
    },
    async head(bucket, key) {
      await step('head', bucket, key);
      return store.head(bucket, key);
    },
    async get(bucket, key) {
      await step('get', bucket, key);
      return store.get(bucket, key);
    },
    async put(bucket, key, body, condition) {
      await step('put', bucket, key);
      return store.put(bucket, key, body, condition).finally(() => steps.changed?.());
    },
    async delete(bucket, key) {
      await step('delete', bucket, key);
      await store.delete(bucket, key).finally(() => steps.changed?.());
    },
    async asFile(bucket, key, scratch) {
      await step('fetch', bucket, key);
      return store.asFile(bucket, key, scratch);
    },
  };
};

const steppedWarehouse = (warehouse: Warehouse, steps: Steps): Warehouse => ({
  async migrate(tables) {
    await steps.before('migrate');
    await warehouse.migrate(tables);
  },
  async load(loads, after) {
    await steps.before('load');
    const stepped = loads.map((load) => ({ ...load, rows: steppedRows(load.rows, steps) }));
    return warehouse.load(stepped, after);
  },
  query: (sql) => warehouse.query(sql),
  close: () => warehouse.close(),
});

/** A place at whose every access to store and warehouse something may happen first. */
export const steppedPlace = (place: Place, steps: Steps): Place => ({
  ...place,
  store: steppedStore(place.store, steps),
  warehouse: place.warehouse && steppedWarehouse(place.warehouse, steps),
});
