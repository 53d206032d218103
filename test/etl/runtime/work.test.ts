import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { failed } from '../../../errors/errors.ts';
import { datesAround, parseDate } from '../../../etl/runtime/dates.ts';
import { jsonLogger, MASK } from '../../../etl/runtime/json-log.ts';
import { parseCall, work } from '../../../etl/runtime/work.ts';
import { toyFeed } from './support/toy-feed.ts';
import { DAY, openToyPlace, type ToyPlace } from './support/toy-place.ts';

const wiring = {
  ...{ project: 'toys', environment: 'dev', region: 'us-east-1', params: { n: 1 } },
  ...{ buckets: {}, secrets: {} },
};
const environment = { PEACHES_WIRING: JSON.stringify(wiring) };
const register = [{ ...toyFeed(), window: () => ({ back: 2, ahead: 1 }) }];

describe('the call of a worker', () => {
  test('names feed, stage and day', () => {
    expect(parseCall(['toy.copy', '--date', DAY], environment, register)).toMatchObject({
      ...{
        feed: { name: 'toy' },
        stage: 'copy',
        dates: [DAY],
        scheduled: false,
        wiring: { params: { n: 1 } },
      },
    });
    expect(parseCall(['toy', '--date', DAY], environment, register).stage).toBeUndefined();
  });

  test('by schedule means the days of the window', () => {
    const { dates } = parseCall(['toy.copy', '--scheduled', '2026-03-01T00:05:00Z'], environment, register);
    expect(dates).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']);
  });

  test.each<[string, readonly string[], string]>([
    ['nothing', [], 'USAGE'],
    ['no day', ['toy'], 'USAGE'],
    ['day and schedule', ['toy', '--date', DAY, '--scheduled', DAY], 'USAGE'],
    ['an unknown flag', ['toy', '--data', DAY], 'USAGE'],
    ['an unknown feed', ['toys', '--date', DAY], 'UNKNOWN_FEED'],
    ['a day that does not exist', ['toy', '--date', '2026-02-30'], 'DATE_INVALID'],
    ['an instant that is none', ['toy', '--scheduled', 'now'], 'DATE_INVALID'],
  ])('with %s is a usage error', (_what, args, code) => {
    expect(() => parseCall(args, environment, register)).toThrow(
      expect.objectContaining({ code, exitCode: 64 }),
    );
  });

  test.each([undefined, '{', '{}'])('with the wiring %s is a usage error', (text) => {
    expect(() => parseCall(['toy', '--date', DAY], { PEACHES_WIRING: text }, register)).toThrow(
      expect.objectContaining({ code: 'WIRING_INVALID', exitCode: 64 }),
    );
  });
});

test('days are days that exist', () => {
  expect(parseDate('2024-02-29')).toBe('2024-02-29');
  for (const text of ['2026-02-29', '2026-2-1', '20260201', '2026-02-01T00:00:00Z', '']) {
    expect(() => parseDate(text)).toThrow(expect.objectContaining({ code: 'DATE_INVALID' }));
  }
  expect(datesAround('2026-01-01T23:59:59+02:00', { back: 1, ahead: 0 })).toEqual([
    '2025-12-31',
    '2026-01-01',
  ]);
});

describe('the exit status of a worker', () => {
  let toy: ToyPlace;
  const lines: string[] = [];
  const log = jsonLogger((line) => void lines.push(line));

  beforeEach(async () => {
    lines.length = 0;
    toy = await openToyPlace();
  });
  afterEach(() => toy.remove());

  const statusOf = (args: readonly string[], feed = toyFeed()) =>
    work(parseCall(args, environment, [feed]), {
      ...{ place: toy.place, log, signal: new AbortController().signal },
    });

  test('is 0 when all went well', async () => {
    await toy.input('a', '1\n');
    expect(await statusOf(['toy', '--date', DAY])).toBe(0);
  });

  test('is 1 when a unit failed, but not for a stage of a pipeline that must go on', async () => {
    await toy.input('a', 'BROKEN');
    expect(await statusOf(['toy.copy', '--scheduled', `${DAY}T04:00:00Z`])).toBe(0);
    expect(lines.some((line) => line.includes('"level":"error"'))).toBe(true);
    expect(await statusOf(['toy.copy', '--date', DAY])).toBe(1);
  });

  test('is that of the error, and the days after a day that failed have their turn', async () => {
    const worked: string[] = [];
    const feed = {
      ...toyFeed({
        copyCode: {
          units: ({ date }) => {
            worked.push(date);
            return date === DAY
              ? Promise.reject(failed({ code: 'NO_LIST', message: 'x' }))
              : Promise.resolve([]);
          },
        },
      }),
      window: () => ({ back: 0, ahead: 1 }),
    };
    expect(await statusOf(['toy.copy', '--scheduled', `${DAY}T04:00:00Z`], feed)).toBe(1);
    expect(worked).toEqual([DAY, '2026-03-01']);
    expect(lines.some((line) => line.includes('"code":"NO_LIST"'))).toBe(true);
  });
});

describe('a log line', () => {
  const lineOf = (tell: (log: ReturnType<typeof jsonLogger>) => void): Record<string, unknown> => {
    const lines: string[] = [];
    tell(
      jsonLogger(
        (line) => void lines.push(line),
        () => new Date(0),
      ),
    );
    expect(lines).toHaveLength(1);
    return JSON.parse(lines[0]!) as Record<string, unknown>;
  };

  test('is one JSON object a line, whatever is in it', () => {
    expect(lineOf((log) => log.info('a\nb', { count: 3n, why: new Error('x') }))).toEqual({
      ...{ time: '1970-01-01T00:00:00.000Z', level: 'info', message: 'a\nb', count: '3', why: 'x' },
    });
  });

  test('shows no value under a name that promises a secret, at any depth', () => {
    const facts = { apiKey: 'k1', nested: [{ Password: 'k2', authorization: { bearer: 'k3' } }], name: 'n' };
    expect(lineOf((log) => log.warn('m', facts))).toMatchObject({
      ...{ apiKey: MASK, nested: [{ Password: MASK, authorization: MASK }], name: 'n' },
    });
  });

  test('shows no value that was read from a secret, wherever it turns up', () => {
    const line = lineOf((log) => {
      log.mask('hunter2!');
      log.error('login with hunter2! failed', {
        url: 'https://u:hunter2!@host',
        cause: new Error('hunter2!'),
      });
    });
    expect(JSON.stringify(line)).not.toContain('hunter2');
  });
});

test('the worker is a process that says in JSON what is wrong with its call', async () => {
  const { exitCode, stdout } = await execa(
    process.execPath,
    ['--import', 'tsx', 'etl/worker.ts', 'nothing'],
    {
      ...{ reject: false, env: { PEACHES_WIRING: '' } },
    },
  );
  expect(exitCode).toBe(64);
  expect(JSON.parse(stdout)).toMatchObject({ level: 'error', code: 'USAGE' });
});
