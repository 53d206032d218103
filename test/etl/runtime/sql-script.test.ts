import { describe, expect, test } from '@jest/globals';
import { scriptProblem, scriptStatements } from '../../../etl/runtime/sql-script.ts';

describe('a script', () => {
  test('is taken apart at semicolons that are none of a text, a name or a comment', () => {
    const script = `
      -- first; of all
      UPDATE a SET b = 'it''s; so' /* ; */ WHERE "c;d" = 1;;
      with x as (select 1) insert into "A" select * from x ; `;
    expect(scriptProblem(script)).toBeUndefined();
    expect(scriptStatements(script).map((statement) => statement.replaceAll(/\s+/gu, ' '))).toEqual([
      `UPDATE a SET b = 'it''s; so' WHERE "c;d" = 1`,
      'with x as (select 1) insert into "A" select * from x',
    ]);
  });

  test.each([
    ['DELETE FROM a'],
    ['MERGE INTO a USING b ON a.i = b.i WHEN MATCHED THEN UPDATE SET x = 1'],
    ['create or replace view v as select 1 - 2 / 3'],
    ['CREATE TEMP TABLE t AS SELECT 1'],
    ['DROP TABLE IF EXISTS t'],
    ['SELECT count(*) FROM committed'],
  ])('may hold %s', (script) => {
    expect(scriptProblem(script)).toBeUndefined();
  });

  test.each([
    ['BEGIN; UPDATE a SET b = 1; COMMIT;', /^line 1: BEGIN begins or ends a transaction/u],
    ['UPDATE a SET b = 1;\n/* x\n */ COMMIT', /^line 3: COMMIT /u],
    ['TRUNCATE a', /TRUNCATE/u],
    ['VACUUM', /VACUUM/u],
    ['CALL p()', /CALL/u],
    ['alter table a append from b', /begins with ALTER; it may be INSERT/u],
    [`COPY a FROM 's3://b'`, /begins with COPY/u],
    ['SET search_path TO b', /begins with SET/u],
    ['DROP SCHEMA a', /begins with DROP/u],
    ['(SELECT 1)', /begins with \(SELECT/u],
    [`SELECT 1;\nSELECT 'open`, /^line 2 holds a quote/u],
    ['SELECT "open', /holds a quote/u],
    ['/* open SELECT 1', /holds a quote or a comment/u],
    ['/* a /* b */ COMMIT; */ SELECT 1', /comment/u],
    [`SELECT '\\'; COMMIT; --'`, /backslash/u],
    ['SELECT $$; COMMIT; $$', /dollar/u],
    ['SELECT 1\0', /holds a quote/u],
    ['DELETE FROM peaches_loads', /peaches_loads is a table of the warehouse's own/u],
    ['DELETE FROM "Peaches_Loads"', /peaches_loads/u],
    [' -- nothing\n;', /holds no statement/u],
  ])('may not be %j', (script, problem) => {
    expect(scriptProblem(script)).toMatch(problem);
  });
});
