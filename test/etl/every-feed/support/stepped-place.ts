import type { ObjectStore } from '../../../../etl/runtime/object-store.ts';
import type { Place } from '../../../../etl/runtime/run.ts';
import type { Load, Row, Warehouse } from '../../../../etl/runtime/warehouse.ts';

/** What is about to be done, and on what: `put operations/ledger`, `load`. */
export type Step = string;

async function* steppedRows(rows: Load['rows'], before: (step: Step) => Promise<void>): AsyncGenerator<Row> {
  await before('rows');
  yield* rows;
}

const steppedStore = (store: ObjectStore, before: (step: Step) => Promise<void>): ObjectStore => {
  const step = (what: string, bucket: string, key: string) =>
    before(`${what} ${bucket}/${key.split('/', 1)[0]}`);
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
      return store.put(bucket, key, body, condition);
    },
    async delete(bucket, key) {
      await step('delete', bucket, key);
      await store.delete(bucket, key);
    },
    async asFile(bucket, key, scratch) {
      await step('fetch', bucket, key);
      return store.asFile(bucket, key, scratch);
    },
  };
};

const steppedWarehouse = (warehouse: Warehouse, before: (step: Step) => Promise<void>): Warehouse => ({
  async migrate(tables) {
    await before('migrate');
    await warehouse.migrate(tables);
  },
  async load(loads) {
    await before('load');
    return warehouse.load(loads.map((load) => ({ ...load, rows: steppedRows(load.rows, before) })));
  },
  query: (sql) => warehouse.query(sql),
  close: () => warehouse.close(),
});

/**
 * A place at whose every access to store and warehouse something may happen first.
 * @param before told of each access; it happens when the promise does, and never when it doesn't
 */
export const steppedPlace = (place: Place, before: (step: Step) => Promise<void>): Place => ({
  ...place,
  store: steppedStore(place.store, before),
  warehouse: place.warehouse && steppedWarehouse(place.warehouse, before),
});
