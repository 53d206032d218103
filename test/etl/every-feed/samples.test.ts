import { expect, test } from '@jest/globals';
import { feeds } from '../../../etl/feeds.ts';
import { sampleOf } from './support/sample.ts';

test.each(feeds.map(({ name }) => name))('%s has a sample', async (name) => {
  expect(await sampleOf({ name })).toHaveProperty('policy');
});

test('a feed without one is told what to write', async () => {
  await expect(sampleOf({ name: 'lines' })).rejects.toThrow(
    'The feed lines has no sample: write test/etl/every-feed/samples/lines.ts',
  );
});
