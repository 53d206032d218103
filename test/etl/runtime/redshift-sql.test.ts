import { describe, expect, test } from '@jest/globals';
import * as sql from '../../../etl/runtime/redshift-sql.ts';
import type { Load } from '../../../etl/runtime/warehouse.ts';
import { capacity } from './support/warehouse-suite.ts';

const load: Load = { table: capacity, batch: 'b1', scope: { date: '2026-02-28' }, rows: [] };
const source = {
  ...{ manifestUrl: 's3://staging/capacity/1/manifest.json', rows: 3 },
  roleArn: 'arn:aws:iam::123456789012:role/copy',
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

test.each(['a"b', 'a; drop', 'Upper', '', '1a', 'a-b', 'ä'])('%j is refused as a name', (name) => {
  expect(() => sql.createTable({ ...capacity, name })).toThrow(
    expect.objectContaining({ code: 'TABLE_INVALID' }),
  );
});

test.each([`s3://b/k' ACCESS_KEY_ID 'x`, 's3://b/k k', 's3://b/\\k'])(
  '%j is refused in a COPY',
  (manifestUrl) => {
    expect(() => sql.loadStatements(load, { ...source, manifestUrl })).toThrow(
      expect.objectContaining({ code: 'COPY_SOURCE_INVALID' }),
    );
  },
);

test('a table is created with its types', () => {
  expect(sql.createTable(capacity)).toBe(
    'CREATE TABLE IF NOT EXISTS "capacity" ("date" date, "id" varchar(8), "breaks" bigint, "share" double precision, "seen" timestamp)',
  );
  expect(Object.values(capacity.columns).map(sql.shownType)).toEqual([
    ...['date', 'character varying(8)', 'bigint', 'double precision', 'timestamp without time zone'],
  ]);
});

describe('a load', () => {
  const statements = sql.loadStatements(load, source);

  test('locks first, replaces its scope only, and writes its manifest row in the same transaction', () => {
    expect(statements.map((statement) => statement.split(' ', 2).join(' '))).toEqual([
      ...['LOCK "peaches_loads"', 'SELECT 1', 'CREATE TEMP', 'COPY peaches_staging', 'SELECT 1', 'SELECT 1'],
      ...['DELETE FROM', 'SELECT 1', 'INSERT INTO', 'DELETE FROM', 'INSERT INTO', 'DROP TABLE'],
    ]);
    expect(statements[6]).toBe(`DELETE FROM "capacity" WHERE "date" = '2026-02-28'`);
    expect(statements.join('\n')).not.toMatch(/TRUNCATE|COMMIT/u);
  });

  test('copies by manifest, with named columns, and counts what came', () => {
    expect(statements[3]).toBe(
      `COPY peaches_staging ("date", "id", "breaks", "share", "seen") FROM 's3://staging/capacity/1/manifest.json' IAM_ROLE 'arn:aws:iam::123456789012:role/copy' MANIFEST FORMAT AS JSON 'auto' GZIP DATEFORMAT 'YYYY-MM-DD' TIMEFORMAT 'auto' COMPUPDATE OFF STATUPDATE OFF`,
    );
    expect(statements[4]).toContain('CASE WHEN n = 3 THEN 1 ELSE 0 END');
  });

  test('knows which of its checks are about keys', () => {
    expect(statements.map(sql.isKeyCheck).flatMap((is, index) => (is ? [index] : []))).toEqual([5, 7]);
  });
});
