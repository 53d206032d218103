import { RedshiftWarehouse } from '../../../etl/runtime/warehouse-redshift.ts';
import { RedshiftEmulator, wiring } from './support/redshift-emulator.ts';
import { warehouseSuite } from './support/warehouse-suite.ts';
import { warehouseValuesSuite } from './support/warehouse-values-suite.ts';

const open = () => {
  const redshift = new RedshiftEmulator();
  return Promise.resolve({
    warehouse: new RedshiftWarehouse(wiring, redshift.doors),
    remove: () => redshift.close(),
  });
};

warehouseSuite('Redshift', open);
warehouseValuesSuite('Redshift', open);
