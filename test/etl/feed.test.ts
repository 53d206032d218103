import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tablesOf, type FeedDeclaration, type StageDeclaration } from '../../etl/feed.ts';
import type { TableDeclaration } from '../../etl/table.ts';

const table = (name: string): TableDeclaration => ({ name, columns: { id: 'bigint' }, key: ['id'] });

const stage = (tables?: StageDeclaration['tables']): StageDeclaration => ({
  ...{ title: 'load', memoryMiB: 512, vcpu: 0.25, timeoutMinutes: 5 },
  run: () => Promise.reject(new Error('not run here')),
  ...(tables !== undefined && { tables }),
});

const feed: FeedDeclaration<readonly string[]> = {
  ...{ name: 'toy', title: 'Toy', params: z.array(z.string()), buckets: {}, stages: {} },
  tables: (names) => Object.fromEntries(names.map((name) => [name, table(name)])),
};

describe('the tables of a stage', () => {
  test('follow from the parameters when they are a function', () => {
    expect(tablesOf(feed, stage('all'), ['a', 'b'])).toEqual([table('a'), table('b')]);
    expect(tablesOf(feed, stage(['b', 'c']), ['a', 'b'])).toEqual([table('b')]);
  });

  test('are those that it names, or all', () => {
    const fixed = { ...feed, tables: { a: table('a'), b: table('b') } };
    expect(tablesOf(fixed, stage(['b']), [])).toEqual([table('b')]);
    expect(tablesOf(fixed, stage('all'), [])).toEqual([table('a'), table('b')]);
  });

  test('are none when it names none', () => {
    expect(tablesOf(feed, stage(), ['a'])).toEqual([]);
  });
});
