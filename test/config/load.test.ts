import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { checkConfig, loadConfig, resolveEnvironment } from '../../config/load.ts';
import { parseSource } from '../../config/source.ts';
import type { Problem } from '../../config/source.ts';
import type { PeachesError } from '../../errors/errors.ts';
import type { FeedDeclaration } from '../../etl/feed.ts';

const weather: FeedDeclaration = {
  name: 'weather',
  title: 'Weather',
  params: z.strictObject({
    station: z.string().regex(/^\d+$/, 'must be digits'),
    days: z.number().int().default(3),
  }),
  buckets: {},
  stages: {},
};

const check = (text: string) => checkConfig(parseSource(text, 'peaches.config.json'), [weather]);

const errorOf = (work: () => unknown): PeachesError => {
  try {
    work();
  } catch (error) {
    return error as PeachesError;
  }
  throw new Error('nothing was thrown');
};

const problemsOf = (text: string): readonly Problem[] =>
  (errorOf(() => check(text)).details as { problems: Problem[] }).problems;

const good = (more = ''): string => `{
  "name": "acme",
  "environments": {
    "dev": { "account": "123456789012", "region": "us-east-1" }${more}
  },
  "feeds": { "weather": { "station": "17" } }
}`;

describe('a good configuration', () => {
  test('gets its defaults', () => {
    expect(check(good()).environments['dev']).toEqual({
      project: 'acme',
      name: 'dev',
      account: '123456789012',
      region: 'us-east-1',
      target: 'aws',
      compute: 'ecs',
      warehouse: 'none',
      vpc: 'create',
      subnets: [],
      protected: false,
      feeds: { weather: { station: '17', days: 3 } },
    });
  });

  test('names what is there already', () => {
    const existing = '{ "cluster": "theirs", "buckets": { "operations": "their-bucket" } }';
    const { prod } = check(good(`, "prod": { "extends": "dev", "existing": ${existing} }`)).environments;
    expect(prod?.existing).toEqual({ cluster: 'theirs', buckets: { operations: 'their-bucket' } });
  });

  test.each([{ workgroup: 'reports' }, { cluster: 'reports' }])('names a warehouse: %j', (server) => {
    const warehouse = { ...server, database: 'media' };
    const said = `{ "extends": "dev", "warehouse": "redshift", "existing": ${JSON.stringify({ warehouse })} }`;
    expect(check(good(`, "prod": ${said}`)).environments['prod']?.existing).toEqual({ warehouse });
  });

  test('gives a user its leave together with its reason', () => {
    const user = { reason: 'The host stands in our own rooms', expires: '2027-01-31' };
    const text = good(`, "prod": { "extends": "dev", "user": ${JSON.stringify(user)} }`);
    expect(check(text).environments['prod']).toMatchObject({
      user,
      waivers: [{ rule: 'T16', address: 'aws_iam_user.*', ...user }],
    });
  });

  test('passes values on by extends and merges feed parameters over the common ones', () => {
    const { environments } = check(
      good(`,
    "stage": { "extends": "dev", "protected": true, "feeds": { "weather": { "days": 9 } } },
    "prod": { "extends": "stage", "account": "210987654321" }`),
    );
    expect(environments['prod']).toMatchObject({
      account: '210987654321',
      region: 'us-east-1',
      protected: true,
      feeds: { weather: { station: '17', days: 9 } },
    });
    expect(environments['dev']).toMatchObject({ protected: false, feeds: { weather: { days: 3 } } });
  });

  test('may name its JSON Schema', () => {
    expect(check(good().replace('{', '{"$schema": "docs/peaches.config.schema.json",')).name).toBe('acme');
  });
});

describe('a configuration with mistakes', () => {
  test('is told all of them at once, each with path and line', () => {
    const text = `{
  "name": "Acme!",
  "environments": {
    "dev": {
      "account": 123456789012,
      "regoin": "us-east-1"
    }
  },
  "feeds": {
    "weather": {
      "station": "north"
    }
  }
}`;
    expect(problemsOf(text).map(({ path, line }) => [path, line])).toEqual([
      ['name', 2],
      ['environments.dev.region', 4],
      ['environments.dev.account', 5],
      ['environments.dev.regoin', 6],
      ['feeds.weather.station', 11],
    ]);
    const error = errorOf(() => check(text));
    expect(error.exitCode).toBe(64);
    expect(error.message).toContain('line 6: environments.dev.regoin is unknown. Did you mean region?');
  });

  test('I11: a secret has no place in it, and what was given is not repeated', () => {
    const secret = 'planted-4711';
    const config = good()
      .replace('"us-east-1"', `"us-east-1", "secretAccessKey": "${secret}"`)
      .replace('"17"', `"17", "password": "${secret}"`);
    const error = errorOf(() => check(config));
    expect(error.exitCode).toBe(64);
    expect(error.message).toContain('environments.dev.secretAccessKey is unknown');
    expect(error.message).toContain('feeds.weather.password is unknown');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(secret);
  });

  test('a mistake in an override is told where the override stands', () => {
    const text = good(`,
    "prod": { "extends": "dev",
      "feeds": { "weather": {
        "days": 1.5 } } }`);
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({ path: 'environments.prod.feeds.weather.days', line: 7 }),
    ]);
  });

  test.each([
    [
      'extends leads nowhere',
      ', "prod": { "extends": "dve" }',
      'environments.prod.extends',
      /Did you mean dev/,
    ],
    [
      'extends goes in a circle',
      ', "a": { "extends": "b" }, "b": { "extends": "a" }',
      'environments.b.extends',
      /a → b → a/,
    ],
    [
      'an existing VPC lacks its subnets',
      ', "p": { "extends": "dev", "vpc": "vpc-0123456789abcdef0" }',
      'environments.p.subnets',
      /private subnets/,
    ],
    [
      'a warehouse has too few subnets',
      ', "p": { "extends": "dev", "warehouse": "redshift", "vpc": "vpc-0123456789abcdef0", "subnets": ["subnet-0123456789abcdef0"] }',
      'environments.p.subnets',
      /3 subnets in as many zones/,
    ],
    [
      'a warehouse is of no size that there is',
      ', "p": { "extends": "dev", "redshift": { "baseCapacity": 9 } }',
      'environments.p.redshift.baseCapacity',
      /multiple of 8/,
    ],
    [
      'a budget has nobody to tell',
      ', "p": { "extends": "dev", "monthlyBudgetUsd": 5 }',
      'environments.p.alarmEmail',
      /is missing/,
    ],
    [
      'a feed is unknown',
      ', "p": { "extends": "dev", "feeds": { "wether": {} } }',
      'environments.p.feeds.wether',
      /Did you mean weather/,
    ],
    [
      'a bucket that is there stands for none of a feed',
      ', "p": { "extends": "dev", "existing": { "buckets": { "operation": "theirs" } } }',
      'environments.p.existing.buckets.operation',
      /Did you mean operations/,
    ],
    [
      'a user has no good reason',
      ', "p": { "extends": "dev", "user": { "reason": "just so", "expires": "2027-01-31" } }',
      'environments.p.user.reason',
      /20 characters/,
    ],
    [
      'a key is given twice',
      ', "p": { "extends": "dev", "vpc": "create", "vpc": "create" }',
      'environments.p.vpc',
      /twice/,
    ],
  ])('%s', (_, more, path, message) => {
    expect(problemsOf(good(more))).toEqual([
      expect.objectContaining({ path, message: expect.stringMatching(message) as unknown }),
    ]);
  });

  test.each([
    ['a comment', '{ // dev\n "name": "acme" }', 1],
    ['a trailing comma', '{\n "name": "acme",\n}', 3],
    ['an empty file', '', 1],
  ])('%s is not JSON', (_, text, line) => {
    expect(problemsOf(text)[0]).toMatchObject({
      line,
      message: expect.stringContaining('not JSON') as unknown,
    });
  });

  test('a default that names no environment', () => {
    expect(problemsOf(good().replace('{', '{"default": "prod",'))[0]?.path).toBe('default');
  });
});

test('a file that is not there', async () => {
  await expect(loadConfig('/nonexistent/peaches.config.json', [])).rejects.toMatchObject({
    code: 'CONFIG_NOT_FOUND',
    exitCode: 64,
  });
});

describe('the environment that is meant', () => {
  const two = check(good(', "prod": { "extends": "dev" }'));

  test('is the only one', () => expect(resolveEnvironment(check(good())).name).toBe('dev'));
  test('is the default', () => expect(resolveEnvironment({ ...two, default: 'prod' }).name).toBe('prod'));
  test('is the named one, on the named target', () =>
    expect(resolveEnvironment(two, { env: 'prod', target: 'sandbox' })).toMatchObject({
      name: 'prod',
      target: 'sandbox',
    }));
  test.each([
    [{}, 'aws', false],
    [{}, 'sandbox', true],
    [{ deleteData: true }, 'aws', true],
    [{ deleteData: false }, 'sandbox', false],
  ] as const)('with %j may lose its data on %s: %j', (said, target, allowed) => {
    const one = JSON.stringify({ extends: 'dev', ...said });
    const config = check(good(`, "one": ${one}`));
    expect(resolveEnvironment(config, { env: 'one', target }).deleteData).toBe(allowed);
  });
  test('must be chosen among several', () =>
    expect(errorOf(() => resolveEnvironment(two)).code).toBe('ENVIRONMENT_NOT_CHOSEN'));
  test('must exist', () =>
    expect(errorOf(() => resolveEnvironment(two, { env: 'prd' })).message).toContain('Did you mean prod?'));
});
