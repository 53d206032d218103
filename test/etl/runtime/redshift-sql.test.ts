import { describe, expect, test } from '@jest/globals';
import { isKeyCheck, loadStatements, type StagedLoad } from '../../../etl/runtime/redshift-load-sql.ts';
import * as sql from '../../../etl/runtime/redshift-sql.ts';
import { migrationOf } from '../../../etl/runtime/warehouse-migrations.ts';
import type { Load } from '../../../etl/runtime/warehouse.ts';
import type { ColumnType } from '../../../etl/table.ts';
import { capacity } from './support/warehouse-suite.ts';

const load: Load = { table: capacity, batch: 'b1', scope: { date: '2026-02-28' }, rows: [] };
const ROLE = 'arn:aws:iam::123456789012:role/copy';
const staged: StagedLoad = {
  ...{ load, manifestUrl: 's3://staging/load/capacity/1/manifest.json', rows: 3 },
  values: { date: 3, id: 3, breaks: 3, share: 2, seen: 1 },
};

describe('a literal', () => {
  test.each([
    ['', `''`],
    ['plain', `'plain'`],
    [`it's`, `'it''s'`],
    [`'; DROP TABLE x; --`, `'''; DROP TABLE x; --'`],
    ['a\\b', `('a' || chr(92) || 'b')`],
    [`\\' OR 1=1 --`, `('' || chr(92) || ''' OR 1=1 --')`],
    ['\\', `('' || chr(92) || '')`],
    ['a\nb\t"ä€', `'a\nb\t"ä€'`],
    [':name $1 %s', `':name $1 %s'`],
  ])('of %j is %s', (text, expected) => {
    expect(sql.literal(text)).toBe(expected);
  });

  test('of a NUL does not exist', () => {
    expect(() => sql.literal('a\0b')).toThrow(expect.objectContaining({ code: 'TEXT_UNSTORABLE' }));
  });
});

const noTable = { present: undefined } as const;

test.each(['a"b', 'a; drop', 'Upper', '', '1a', 'a-b', 'ä'])('%j is refused as a name', (name) => {
  const migration = migrationOf({ ...noTable, table: { ...capacity, name } }, sql.shownType);
  expect(() => sql.migrationStatements(migration!)).toThrow(
    expect.objectContaining({ code: 'TABLE_INVALID' }),
  );
});

test.each([`s3://b/k' ACCESS_KEY_ID 'x`, 's3://b/k k', 's3://b/\\k'])(
  '%j is refused in a COPY',
  (manifestUrl) => {
    expect(() => loadStatements([{ ...staged, manifestUrl }], ROLE)).toThrow(
      expect.objectContaining({ code: 'COPY_SOURCE_INVALID' }),
    );
  },
);

test.each<ColumnType>(['varchar(0)', 'varchar(65536)', 'decimal(39,0)', 'decimal(4,5)'])(
  'Redshift has no %s',
  (type) => {
    expect(() => sql.typeOf(type)).toThrow(expect.objectContaining({ code: 'TABLE_INVALID' }));
  },
);

test('knows which of its checks are about keys', () => {
  const statements = loadStatements([staged], ROLE);
  expect(statements.filter(isKeyCheck).map((statement) => /AS "(\w+)" FROM/u.exec(statement)?.[1])).toEqual([
    'keys_are_unique',
    'keys_are_free',
  ]);
});

test('more tables than one transaction holds are refused', () => {
  const tables = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...staged,
      load: { ...load, table: { ...capacity, name: `t${index}` } },
    }));
  expect(loadStatements(tables(8), ROLE).length).toBeLessThanOrEqual(40);
  expect(() => loadStatements(tables(9), ROLE)).toThrow(expect.objectContaining({ code: 'LOAD_TOO_LARGE' }));
});
