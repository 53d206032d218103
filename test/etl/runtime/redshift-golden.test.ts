import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import {
  loadStatements,
  statementsTooMany,
  type StagedLoad,
} from '../../../etl/runtime/redshift-load-sql.ts';
import { migrationStatements, shownType } from '../../../etl/runtime/redshift-sql.ts';
import { migrationOf } from '../../../etl/runtime/warehouse-migrations.ts';
import type { Load } from '../../../etl/runtime/warehouse.ts';
import type { TableDeclaration } from '../../../etl/table.ts';

/** The SQL that reaches Redshift, as it was reviewed against the rules of COPY. */

const ROLE = 'arn:aws:iam::123456789012:role/demo-copy';

const views: TableDeclaration = {
  name: 'views',
  columns: {
    ...{ seen: 'timestamp', day: 'date', site: 'varchar(64)', count: 'bigint', share: 'double' },
    ...{ price: 'decimal(18,4)', live: 'boolean' },
  },
  key: ['day', 'site'],
};

const words: TableDeclaration = {
  ...{ schema: 'cms', name: 'words', columns: { word: 'varchar(65535)' }, key: [] },
};

const staged = (
  load: Omit<Load, 'rows'>,
  at: string,
  values: Readonly<Record<string, number>>,
): StagedLoad => ({
  ...{ load: { ...load, rows: [] }, rows: 3, values },
  manifestUrl: `s3://demo-staging/load/feed/${at}/0123456789abcdef/manifest.json`,
});

const counts = { seen: 3, day: 3, site: 3, count: 3, share: 2, price: 0, live: 1 };

const replaced = staged({ table: views, batch: 'b1', scope: { day: '2026-02-28' } }, 'views', counts);

const added = staged({ table: views, batch: `it's \\ b2`, mode: 'add', scope: {} }, 'views', counts);

const ranged = staged(
  {
    ...{ table: views, batch: 'b3' },
    scope: { site: 'S1', seen: { from: '2026-02-28T10:00:00Z', before: '2026-02-28T11:00:00Z' } },
  },
  'views',
  counts,
);

const keyless = staged({ table: words, batch: 'b1', scope: {} }, 'cms.words', { word: 2 });

const events = staged(
  { table: { ...views, name: 'events' }, batch: 'b4', mode: 'add', scope: {} },
  'events',
  counts,
);

const migration = (table: TableDeclaration, present?: ReadonlyMap<string, string>) => {
  const found = migrationOf({ table, present }, shownType);
  return found === undefined ? [] : migrationStatements(found);
};

test('as many tables as fit into one transaction are told before they are loaded', () => {
  const tables = (count: number, mode: Load['mode'] = 'replace'): readonly Load[] =>
    Array.from({ length: count }, (_, at) => ({
      ...{ table: { ...words, name: `words_${at}` }, batch: 'b', mode, scope: {}, rows: [] },
    }));
  expect(statementsTooMany(tables(17), ['SELECT 1'])).toBe(0);
  expect(statementsTooMany(tables(17), ['SELECT 1', 'SELECT 2'])).toBe(1);
  expect(statementsTooMany(tables(12, 'add'), [])).toBe(1);
  expect(() => loadStatements([keyless], ROLE, Array<string>(40).fill('SELECT 1'))).toThrow(
    /takes 47 statements/u,
  );
});

describe('the statements of', () => {
  test.each<[string, readonly string[]]>([
    ['load-replace', loadStatements([replaced], ROLE)],
    ['load-add', loadStatements([added], ROLE)],
    ['load-range', loadStatements([ranged], ROLE)],
    ['load-tables', loadStatements([replaced, keyless, events], ROLE)],
    ['load-whole', loadStatements([keyless], ROLE, [`DELETE FROM cms.words WHERE word = 'x'`])],
    ['migration-create', [...migration(views), ...migration(words)]],
    [
      'migration-expand',
      migration(
        views,
        new Map([
          ['day', 'date'],
          ['site', 'character varying(64)'],
          ['price', 'numeric(18,4)'],
        ]),
      ),
    ],
  ])('%s are those that were reviewed', async (name, statements) => {
    const golden = await readFile(new URL(`golden/${name}.sql`, import.meta.url), 'utf8');
    expect(`${statements.join(';\n')};\n`).toBe(golden);
  });
});
