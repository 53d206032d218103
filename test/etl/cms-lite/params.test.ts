import { describe, expect, test } from '@jest/globals';
import { cmsLite } from '../../../etl/cms-lite/feed.ts';

const COLUMNS = ['node_id', 'title', 'languages'];
const file = (more: object = {}) => ({ pages: { dbtable: 'pages', columns: COLUMNS, ...more } });
const lookup = { nested_delim: '|', columns_lookup: ['languages'], dbtables_dictionaries: ['words'] };
const many = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`f${at}`, { dbtable: `t${at}`, columns: ['x'] }]),
  );

const problemsOf = (params: object): readonly string[] =>
  (cmsLite.params.safeParse(params).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('parameters that do not go together are told with their place', () => {
  test.each<[string, object, RegExp]>([
    ['no file', { files: {} }, /^files: names no file/u],
    ['too many files', { files: many(18) }, /^files: makes 1 statements more than one transaction/u],
    ['too many files to add', { files: many(12), truncate: false }, /^files: makes 1 statements/u],
    [
      'too many statements',
      { files: many(17), sql_query: 'SELECT 1; SELECT 2' },
      /^sql_query: makes 1 statements more/u,
    ],
    ['SQL that ends the transaction', { sql_query: 'COMMIT' }, /^sql_query: line 1: COMMIT/u],
    [
      'a type that is none',
      { files: file({ types: { title: 'varchar(70000)' } }) },
      /types\.title: is at most/u,
    ],
    [
      'a column that is none',
      { files: file({ drop_columns: ['titel'] }) },
      /^files\.pages\.drop_columns\.0: names titel, which is no column\. Did you mean title\?/u,
    ],
    ['a column that no file has', { files: file(), required: ['x'] }, /^required\.0: names x/u],
    [
      'a column to derive from that is none',
      { files: file({ derive: [{ column: 'a', from: 'b', split: '-', part: 1 }] }) },
      /^files\.pages\.derive\.0\.from: names b/u,
    ],
    ['a key that is no column', { files: file({ row_key: 'id' }) }, /^files\.pages\.row_key: names id/u],
    ['a delimiter for nothing', { files: file(), nested_delim: '|' }, /^nested_delim: needs columns_lookup/u],
    [
      'tables of values without columns',
      { files: file({ dbtables_dictionaries: ['words'] }) },
      /^files\.pages\.dbtables_dictionaries: needs columns_lookup/u,
    ],
    [
      'columns of values without a delimiter',
      { files: file({ ...lookup, nested_delim: undefined }) },
      /^files\.pages\.columns_lookup: needs nested_delim/u,
    ],
    [
      'fewer tables than columns',
      { files: file({ ...lookup, dbtables_dictionaries: [] }) },
      /^files\.pages\.dbtables_dictionaries: has 0 tables for 1 columns_lookup/u,
    ],
    [
      'more tables of rows than columns',
      { files: file({ ...lookup, dbtables_metadata: ['a', 'b'] }) },
      /^files\.pages\.dbtables_metadata: has 2 tables/u,
    ],
    [
      'a column of values that is no text',
      { files: file({ ...lookup, dtype_dic_ints: ['languages'] }) },
      /^files\.pages\.columns_lookup: names languages, which is no text/u,
    ],
    [
      'a table that is filled twice',
      { files: file({ ...lookup, dbtables_dictionaries: ['pages'] }) },
      /^files\.pages: fills the table pages, which is filled by something else/u,
    ],
    [
      'rows that are kept where tables are replaced',
      { files: file(), ldb_sku: true },
      /^truncate: is to be false for ldb_sku/u,
    ],
    [
      'rows that are kept by a column that is dropped',
      { files: file({ drop_columns: ['node_id'] }), ldb_sku: true, truncate: false },
      /^files\.pages\.drop_columns: drops node_id/u,
    ],
  ])('%s', (_what, params, expected) => {
    const problems = problemsOf(params);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  test('what goes together is taken, again after it was', () => {
    const params = {
      truncate: false,
      files: file({ ...lookup, ldb_sku: true, row_key: 'title' }),
      sql_query: `DELETE FROM cmslite.pages WHERE title = '-'`,
    };
    const parsed = cmsLite.params.parse(params);
    expect(cmsLite.params.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });
});
