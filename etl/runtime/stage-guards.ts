import { failed, type PeachesError } from '../../errors/errors.ts';
import type { FeedDeclaration } from '../feed.ts';
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
  feed: FeedDeclaration,
  stage: string,
  declared: readonly string[],
): Warehouse => {
  const own = new Set(declared.map((name) => feed.tables?.[name]?.name));
  const assertOwn = (table: string): void => {
    if (!own.has(table)) throw undeclared(feed.name, stage, `table ${table}`, 'tables');
  };
  return {
    async migrate(tables) {
      for (const { name } of tables) assertOwn(name);
      await warehouse.migrate(tables);
    },
    async load(load) {
      assertOwn(load.table.name);
      return warehouse.load(load);
    },
    query: (sql) => warehouse.query(sql),
    close: () => Promise.resolve(),
  };
};
