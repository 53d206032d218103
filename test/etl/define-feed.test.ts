import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineFeed } from '../../etl/define-feed.ts';
import { everyMinutes, type FeedDeclaration, type StageDeclaration } from '../../etl/feed.ts';
import { feeds } from '../../etl/feeds.ts';

const stage = (parts: Partial<StageDeclaration>): StageDeclaration => ({
  title: 'A stage',
  memoryMiB: 1024,
  vcpu: 0.5,
  timeoutMinutes: 5,
  run: () => Promise.reject(new Error('a declaration runs no stage')),
  ...parts,
});

const feed = (stages: Record<string, StageDeclaration>, name = 'toy'): FeedDeclaration => ({
  name,
  title: 'A toy',
  params: z.object({}),
  buckets: { data: {} },
  stages,
});

describe('a declaration', () => {
  test('that is right comes back as it is', () => {
    const right = feed({
      first: stage({ on: everyMinutes(5), writes: ['data/in/'] }),
      second: stage({ after: 'first', reads: ['data/in/'] }),
    });
    expect(defineFeed(right)).toBe(right);
  });

  test.each(['foundation', 'host', 'warehouse', 'access', 'cluster', 'flow', 'shared'])(
    'may not be named %s',
    (name) => {
      const named = feed({ a: stage({ on: everyMinutes(1) }) }, name);
      expect(() => defineFeed(named)).toThrow(
        expect.objectContaining({
          code: 'INVALID_FEED_DECLARATION',
          message: expect.stringContaining(`the name ${name} is`),
        }),
      );
    },
  );

  test.each<[string, FeedDeclaration, string]>([
    [
      'a stage with the name of a role',
      feed({ pipeline: stage({ on: everyMinutes(1) }) }),
      'stage pipeline has the name of a role that starts stages',
    ],
    ['a stage without a trigger', feed({ a: stage({}) }), 'stage a needs exactly one of on and after'],
    [
      'a stage with two triggers',
      feed({ a: stage({ on: everyMinutes(1) }), b: stage({ on: everyMinutes(1), after: 'a' }) }),
      'stage b needs exactly one of on and after',
    ],
    [
      'a stage after a later one',
      feed({ a: stage({ after: 'b' }), b: stage({ on: everyMinutes(1) }) }),
      'stage a comes after b, which is no earlier stage',
    ],
    [
      'a bucket that is not declared',
      feed({ a: stage({ on: everyMinutes(1), reads: ['other/x/'] }) }),
      'stage a reads other, which is not declared',
    ],
    [
      'a prefix without its slash',
      feed({ a: stage({ on: everyMinutes(1), writes: ['data/x'] }) }),
      'stage a writes data/x, which does not end in a slash',
    ],
    [
      'a bucket without its slash',
      feed({ a: stage({ on: everyMinutes(1), writes: ['data'] }) }),
      'is wrong: stage a writes data, which does not end in a slash.',
    ],
    [
      'a deliverer into a bucket that is not declared',
      {
        ...feed({ a: stage({ on: everyMinutes(1) }) }),
        deliverers: { cdn: { title: 'A CDN', account: '1', externalId: () => '1', writes: ['other/x/'] } },
      },
      'deliverer cdn writes other, which is not declared',
    ],
    [
      'a log delivery with the name of a deliverer',
      {
        ...feed({ a: stage({ on: everyMinutes(1) }) }),
        deliverers: { cdn: { title: 'A CDN', account: '1', externalId: () => '1', writes: ['data/x/'] } },
        logDeliveries: { cdn: { title: 'Its events', group: () => undefined, to: 'data/x/' } },
      },
      'cdn names a deliverer and a log delivery',
    ],
    [
      'a log delivery without its slash',
      {
        ...feed({ a: stage({ on: everyMinutes(1) }) }),
        logDeliveries: { events: { title: 'Events', group: () => undefined, to: 'data/x' } },
      },
      'log delivery events goes to data/x, which does not end in a slash',
    ],
    [
      'a data set out of a bucket that is not declared',
      {
        ...feed({ a: stage({ on: everyMinutes(1) }) }),
        dataSets: {
          Counts: {
            title: 'Counts',
            published: 'other/x/',
            manifest: 'manifest.json',
            columns: new Map(),
            rules: { manifest: 'rules.json', columns: () => [] },
            users: () => [],
          },
        },
      },
      'data set Counts is not named in lower case with hyphens; data set Counts shows other, which is not declared',
    ],
    [
      'a secret that is not declared',
      feed({ a: stage({ on: everyMinutes(1), secrets: ['key'] }) }),
      'stage a uses the secret key, which is not declared',
    ],
    [
      'a name that is a bucket and an external one',
      {
        ...feed({ a: stage({ on: everyMinutes(1) }) }),
        external: { data: { bucket: 'theirs', prefix: () => '' } },
      },
      'data names a bucket of its own and an external one',
    ],
    [
      'a size that Fargate lacks',
      feed({ a: stage({ on: everyMinutes(1), memoryMiB: 1536 }) }),
      'stage a asks for a task that Fargate lacks: 0.5 vCPU goes with 1024',
    ],
    [
      'a second pipeline',
      feed({
        a: stage({ on: everyMinutes(1) }),
        b: stage({ after: 'a' }),
        c: stage({ on: everyMinutes(1) }),
        d: stage({ after: 'c' }),
      }),
      'stage c begins a second pipeline',
    ],
    [
      'a stage after itself',
      feed({ a: stage({ after: 'a' }) }),
      'stage a comes after a, which is no earlier',
    ],
    ['a name in capitals', feed({}, 'Toy'), 'the name Toy is not lower case with hyphens'],
  ])('%s is named', (_, wrong, slip) => {
    expect(() => defineFeed(wrong)).toThrow(
      expect.objectContaining({ code: 'INVALID_FEED_DECLARATION', message: expect.stringContaining(slip) }),
    );
  });

  test('every feed of the register has a name of its own', () => {
    expect(new Set(feeds.map(({ name }) => name)).size).toBe(feeds.length);
  });
});
