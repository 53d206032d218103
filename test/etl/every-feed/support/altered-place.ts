import type { ObjectStore } from '../../../../etl/runtime/object-store.ts';
import type { Place } from '../../../../etl/runtime/run.ts';
import type { Warehouse } from '../../../../etl/runtime/warehouse.ts';

/** A place some of whose store's methods are others. */
export const withStore =
  (change: (store: ObjectStore) => Partial<ObjectStore>) =>
  (place: Place): Place => {
    const { store } = place;
    return {
      ...place,
      store: {
        list: (bucket, prefix) => store.list(bucket, prefix),
        head: (bucket, key) => store.head(bucket, key),
        get: (bucket, key) => store.get(bucket, key),
        put: (bucket, key, body, condition) => store.put(bucket, key, body, condition),
        uri: (bucket, key) => store.uri(bucket, key),
        delete: (bucket, key) => store.delete(bucket, key),
        asFile: (bucket, key, scratch) => store.asFile(bucket, key, scratch),
        ...change(store),
      },
    };
  };

/** A place some of whose warehouse's methods are others. */
export const withWarehouse =
  (change: (warehouse: Warehouse) => Partial<Warehouse>) =>
  (place: Place): Place => {
    const { warehouse } = place;
    if (warehouse === undefined) return place;
    return {
      ...place,
      warehouse: {
        migrate: (tables) => warehouse.migrate(tables),
        load: (loads, after) => warehouse.load(loads, after),
        query: (sql) => warehouse.query(sql),
        close: () => warehouse.close(),
        ...change(warehouse),
      },
    };
  };
