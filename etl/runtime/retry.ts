import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { isTransient } from './failure-class.ts';

export interface RetryPolicy {
  /** Tries after the first. */
  readonly retries: number;
  /** Pause before the first retry in milliseconds, before jitter; it doubles each time. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Longest wait that a server may ask for; a longer one ends the retries. In seconds. */
  readonly longestRetryAfterSeconds: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  retries: 4,
  firstPauseMs: 250,
  longestPauseMs: 20_000,
  longestRetryAfterSeconds: 120,
};

export interface RetryOptions extends Partial<RetryPolicy> {
  readonly signal?: AbortSignal;
  readonly onRetry?: (error: unknown, attempt: number) => void;
}

/**
 * Reads a Retry-After header. @param value seconds, or an HTTP date
 * @returns seconds from `now`, or undefined when there is none to be read
 */
export const parseRetryAfter = (value: string | null | undefined, now: Date): number | undefined => {
  if (value === null || value === undefined || value.trim() === '') return undefined;
  if (/^\d+$/u.test(value.trim())) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now.getTime()) / 1000);
};

/** What a server asked for: `retryAfterSeconds` of the error or its details, or the header of an SDK error. */
const retryAfterOf = (error: unknown): number | undefined => {
  const shape = error as {
    readonly retryAfterSeconds?: unknown;
    readonly details?: { readonly retryAfterSeconds?: unknown };
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  };
  const stated = shape.retryAfterSeconds ?? shape.details?.retryAfterSeconds;
  return typeof stated === 'number'
    ? stated
    : parseRetryAfter(shape.$response?.headers?.['retry-after'], new Date());
};

/**
 * Calls until it succeeds, as long as errors are transient: exponential pauses with jitter, never shorter
 * than the server's Retry-After. Other errors, and the last one, are thrown as they are.
 */
export const withRetry = async <T>(
  call: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> => {
  const { signal, onRetry, ...policy } = options;
  const { retries, firstPauseMs, longestPauseMs, longestRetryAfterSeconds } = { ...DEFAULT_RETRY, ...policy };
  let success: { readonly value: T } | undefined;
  const attempt = async (number: number): Promise<T> => {
    const value = await call(number);
    success = { value };
    return value;
  };
  try {
    return await pRetry(attempt, {
      retries,
      minTimeout: firstPauseMs,
      maxTimeout: longestPauseMs,
      randomize: true,
      ...(signal && { signal }),
      shouldRetry: ({ error }) =>
        isTransient(error) && (retryAfterOf(error) ?? 0) <= longestRetryAfterSeconds,
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        const seconds = retryAfterOf(error) ?? 0;
        if (retriesLeft === 0 || !isTransient(error) || seconds > longestRetryAfterSeconds) return;
        onRetry?.(error, attemptNumber);
        if (seconds > 0) await sleep(seconds * 1000, undefined, signal && { signal });
      },
    });
  } catch (error) {
    // An abort that arrives as the call ends must not lose what the call did.
    if (success !== undefined) return success.value;
    throw error;
  }
};
