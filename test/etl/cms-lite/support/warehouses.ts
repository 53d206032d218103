import type { Place } from '../../../../etl/runtime/run.ts';
import type { Warehouse } from '../../../../etl/runtime/warehouse.ts';
import { RedshiftWarehouse } from '../../../../etl/runtime/warehouse-redshift.ts';
import { RedshiftEmulator, wiring } from '../../runtime/support/redshift-emulator.ts';
import type { FeedFolder } from '../../support/feed-folder.ts';

/** A warehouse beside a folder, in which its runs load. */
export interface BesideFolder {
  readonly through: (place: Place) => Place;
  readonly query: Warehouse['query'];
  readonly close: () => Promise<void>;
}

/** The folder's own file, and Redshift's Data API as the conformance suite emulates it. */
export const WAREHOUSES: readonly [name: string, open: (folder: FeedFolder) => BesideFolder][] = [
  [
    'DuckDB',
    (folder) => ({
      through: (place) => place,
      query: (sql) => folder.query(sql),
      close: () => Promise.resolve(),
    }),
  ],
  [
    'Redshift',
    () => {
      const redshift = new RedshiftEmulator();
      const warehouse = new RedshiftWarehouse(wiring, redshift.doors);
      return {
        through: (place) => ({ ...place, warehouse }),
        query: (sql) => warehouse.query(sql),
        close: () => redshift.close(),
      };
    },
  ],
];
