import { usageError, type PeachesError } from '../errors/errors.ts';
import type { Environment } from './environment.ts';

/** Refuses a warehouse that no stack builds yet. @throws WAREHOUSE_NOT_AVAILABLE */
export const requireAvailableWarehouse = ({
  name,
  warehouse,
}: Pick<Environment, 'name' | 'warehouse'>): void => {
  if (warehouse !== 'none') throw notAvailable(name, warehouse);
};

const notAvailable = (environment: string, warehouse: string): PeachesError =>
  usageError({
    code: 'WAREHOUSE_NOT_AVAILABLE',
    message: `Environment ${environment} asks for warehouse ${warehouse}, which this version can't build.`,
    hint: 'Choose "none": tables are then filled by runs on a folder (--local), and objects are published in any case.',
    details: { environment, warehouse },
  });
