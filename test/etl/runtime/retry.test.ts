import { describe, expect, test } from '@jest/globals';
import { busy, failed } from '../../../errors/errors.ts';
import { classify } from '../../../etl/runtime/failure-class.ts';
import { parseRetryAfter, withRetry } from '../../../etl/runtime/retry.ts';

const named = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

describe('E13: an error is', () => {
  test.each([
    ['transient', named('SlowDown', 503)],
    ['transient', named('RequestTimeout', 400)],
    ['transient', named('ThrottlingException')],
    ['transient', named('Unknown', 500)],
    ['transient', Object.assign(new Error('x'), { code: 'ECONNRESET' })],
    [
      'transient',
      new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
    ],
    ['transient', failed({ code: 'API', message: '429', details: { status: 429 } })],
    ['transient', busy({ code: 'ANY', message: 'busy' })],
    ['environment', named('AccessDenied', 403)],
    ['environment', named('NoSuchBucket', 404)],
    ['environment', named('ExpiredToken', 400)],
    ['environment', Object.assign(new Error('x'), { code: 'ENOSPC' })],
    ['environment', failed({ code: 'WRAPPED', message: 'x', cause: named('AccessDenied', 403) })],
    ['missing', named('NoSuchKey', 404)],
    ['missing', failed({ code: 'OBJECT_NOT_FOUND', message: 'x' })],
    ['unexpected', named('Unknown', 400)],
    ['terminal', failed({ code: 'GZIP_TRUNCATED', message: 'x' })],
    ['unexpected', new Error('a bug')],
    ['unexpected', 'a text'],
    ['unexpected', undefined],
  ] as const)('%s: %s', (kind, error) => {
    expect(classify(error)).toBe(kind);
  });

  test('no endless matter when it is its own cause', () => {
    const error = new Error('x');
    error.cause = error;
    expect(classify(error)).toBe('unexpected');
  });
});

describe('a call', () => {
  const fast = { firstPauseMs: 0, longestPauseMs: 0 };

  test('is tried until it succeeds', async () => {
    const tries: number[] = [];
    const result = await withRetry((attempt) => {
      tries.push(attempt);
      return attempt < 3 ? Promise.reject(named('SlowDown')) : Promise.resolve('done');
    }, fast);
    expect([result, tries]).toEqual(['done', [1, 2, 3]]);
  });

  test('is tried a given number of times, and the last error is thrown as it is', async () => {
    let tries = 0;
    const error = named('SlowDown');
    const call = () => {
      tries += 1;
      return Promise.reject(error);
    };
    await expect(withRetry(call, { ...fast, retries: 2 })).rejects.toBe(error);
    expect(tries).toBe(3);
  });

  test('that fails for good is not tried again', async () => {
    let tries = 0;
    await expect(
      withRetry(() => {
        tries += 1;
        return Promise.reject(named('AccessDenied', 403));
      }, fast),
    ).rejects.toThrow('AccessDenied');
    expect(tries).toBe(1);
  });

  test('that is told to wait longer than we care to is not tried again', async () => {
    let tries = 0;
    await expect(
      withRetry(() => {
        tries += 1;
        return Promise.reject(Object.assign(named('SlowDown'), { retryAfterSeconds: 3600 }));
      }, fast),
    ).rejects.toThrow('SlowDown');
    expect(tries).toBe(1);
  });

  test('keeps what it did when the abort comes as it ends', async () => {
    const stop = new AbortController();
    const call = () => {
      stop.abort();
      return Promise.resolve('done');
    };
    expect(await withRetry(call, { ...fast, signal: stop.signal })).toBe('done');
  });
});

test('Retry-After is read as seconds or as a date', () => {
  const now = new Date('2026-02-28T12:00:00Z');
  expect(parseRetryAfter('7', now)).toBe(7);
  expect(parseRetryAfter('Sat, 28 Feb 2026 12:00:30 GMT', now)).toBe(30);
  expect(parseRetryAfter('Sat, 28 Feb 2026 11:00:00 GMT', now)).toBe(0);
  expect(parseRetryAfter('soon', now)).toBeUndefined();
  expect(parseRetryAfter(null, now)).toBeUndefined();
});
