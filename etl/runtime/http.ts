import { failed, messageOf, PeachesError } from '../../errors/errors.ts';
import { isTransient } from './failure-class.ts';
import { parseRetryAfter } from './retry.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @returns the address, undefined when a secret that is sent there would travel in the clear */
export const secureUrl = (text: string): URL | undefined => {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || LOOPBACK.has(url.hostname)) ? url : undefined;
};

export interface HttpRequest {
  /** Who is asked, as a sentence begins: `The Fastly API`. */
  readonly service: string;
  readonly url: URL;
  readonly init?: RequestInit;
  readonly signal: AbortSignal;
  /** For one answer, its body included; in milliseconds. */
  readonly timeoutMs: number;
  /** What holds while the service can't be had. */
  readonly meanwhile: string;
  /** The error of a service that can't be reached, and won't be by asking again. */
  readonly unreachable: (why: string, cause: unknown) => PeachesError;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks once. Statuses that may pass (408, 429, 5xx), a broken line and a slow body are SERVICE_UNAVAILABLE, with
 * `retryAfterSeconds` in the details where the service says so: `withRetry` asks again. Redirects are not followed.
 * @throws SERVICE_UNAVAILABLE, and what `unreachable` makes
 */
export const ask = async (request: HttpRequest): Promise<HttpAnswer> => {
  const { service, url, init, signal, timeoutMs, meanwhile, unreachable } = request;
  const path = url.pathname;
  const unavailable = (why: string, facts: object, cause?: unknown): PeachesError =>
    failed({
      code: 'SERVICE_UNAVAILABLE',
      message: `${service} could not be read: ${why}.`,
      hint: meanwhile,
      details: { path, ...facts },
      cause,
    });
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    const { status, headers } = response;
    const body = await response.text();
    if (status !== 408 && status !== 429 && status < 500) return { status, body };
    const retryAfterSeconds = parseRetryAfter(headers.get('retry-after'), new Date());
    throw unavailable(`it answered ${status} to ${path}`, {
      status,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  } catch (error) {
    if (signal.aborted || error instanceof PeachesError) throw error;
    if (timeout.aborted) throw unavailable(`no whole answer within ${timeoutMs / 1000} s`, {}, error);
    const why = messageOf((error as { readonly cause?: unknown }).cause ?? error);
    throw isTransient(error) ? unavailable(why, {}, error) : unreachable(why, error);
  }
};
