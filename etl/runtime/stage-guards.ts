import { failed, type PeachesError } from '../../errors/errors.ts';
import { labelOf, type TableDeclaration } from '../table.ts';
import type { Secrets } from './secrets.ts';
import type { Warehouse } from './warehouse.ts';

const undeclared = (feed: string, stage: string, what: string, list: string): PeachesError =>
  failed({
    code: 'UNDECLARED_ACCESS',
    message: `Stage ${feed}.${stage} does not declare the ${what}.`,
    hint: `Add it to "${list}" of the stage in etl/${feed}/feed.ts; its role then permits it as well.`,
    details: { feed, stage },
  });

/** Secrets as a stage may see them: its own feed's, and of these the declared ones. */
export const guardSecrets = (
  secrets: Secrets,
  feed: string,
  stage: string,
  declared: readonly string[],
): Secrets => ({
  async get(asked, name) {
    if (asked !== feed || !declared.includes(name)) {
      throw undeclared(feed, stage, `secret ${asked}-${name}`, 'secrets');
    }
    return secrets.get(feed, name);
  },
});

/** The warehouse as a stage may see it: it loads and migrates declared tables only. */
export const guardWarehouse = (
  warehouse: Warehouse,
  feed: string,
  stage: string,
  declared: readonly TableDeclaration[],
): Warehouse => {
  const own = new Set(declared.map(labelOf));
  const assertOwn = (table: TableDeclaration): void => {
    if (!own.has(labelOf(table))) throw undeclared(feed, stage, `table ${labelOf(table)}`, 'tables');
  };
  return {
    async migrate(tables) {
      for (const table of tables) assertOwn(table);
      await warehouse.migrate(tables);
    },
    async load(loads, after) {
      for (const { table } of loads) assertOwn(table);
      return warehouse.load(loads, after);
    },
    query: (sql) => warehouse.query(sql),
    close: () => Promise.resolve(),
  };
};
