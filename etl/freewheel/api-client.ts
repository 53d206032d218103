import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { failed, usageError, type PeachesError } from '../../errors/errors.ts';
import { ask, secureUrl, type HttpAnswer } from '../runtime/http.ts';
import { withRetry, type RetryPolicy } from '../runtime/retry.ts';

/** A FreeWheel user who may read the network's items. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** How patient the client is. Durations in milliseconds. */
export interface ApiLimits extends RetryPolicy {
  /** Retries over all requests of the client together. */
  readonly retryBudget: number;
  /** Between the starts of two requests; FreeWheel allows 20 a second. */
  readonly spacingMs: number;
  /** For one answer, its body included. */
  readonly timeoutMs: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  retries: 4,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
  longestRetryAfterSeconds: 300,
  retryBudget: 20,
  spacingMs: 50,
  timeoutMs: 60_000,
};

export interface ApiClientOptions {
  /** `https://api.freewheel.tv`, or one of FreeWheel's other environments. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  readonly limits?: Partial<ApiLimits>;
  readonly onRetry?: (error: unknown) => void;
}

const tokenSchema = z.object({ access_token: z.string().min(1) });

/** @throws FREEWHEEL_API_URL when the password would travel in the clear */
const checkedBase = (text: string): URL => {
  const url = secureUrl(text);
  if (url !== undefined) return url;
  throw usageError({
    code: 'FREEWHEEL_API_URL',
    message: `The FreeWheel API can't be used at ${text}: it is not an https address.`,
    hint: 'Set the parameter apiUrl of the feed freewheel to an address that starts with https://.',
  });
};

const REFUSED_HINT =
  'Set a user name and password that are valid with: peaches secrets set freewheel-api. FreeWheel passwords expire.';

/**
 * Reads FreeWheel's REST API, version 4. A token is got by password grant at the first request, and once
 * again when the API no longer takes it. What may pass (408, 429, 5xx, a broken line, a slow body) is tried
 * again after growing pauses, as long as the budget lasts; anything else is an error at once.
 */
export class ApiClient {
  readonly #base: URL;
  readonly #credentials: Credentials;
  readonly #signal: AbortSignal;
  readonly #limits: ApiLimits;
  readonly #onRetry: (error: unknown) => void;
  #retriesLeft: number;
  #nextStart = 0;
  #token: string | undefined;

  /** @throws FREEWHEEL_API_URL */
  constructor({ baseUrl, credentials, signal, limits, onRetry }: ApiClientOptions) {
    this.#base = checkedBase(baseUrl);
    this.#credentials = credentials;
    this.#signal = signal;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#onRetry = onRetry ?? (() => undefined);
    this.#retriesLeft = this.#limits.retryBudget;
  }

  /**
   * @param path with its query, `/services/v4/sites?page=1`
   * @returns the answer's JSON
   * @throws FREEWHEEL_LOGIN_REFUSED, FREEWHEEL_ACCESS_DENIED, FREEWHEEL_API_FAILED, FREEWHEEL_API_ANSWER,
   *   SERVICE_UNAVAILABLE when it stayed unavailable
   */
  async get(path: string): Promise<unknown> {
    let answer = await this.#getWith(await this.#currentToken(), path);
    if (answer.status === 401) {
      this.#token = undefined;
      answer = await this.#getWith(await this.#currentToken(), path);
    }
    if (answer.status === 401) {
      throw failed({
        code: 'FREEWHEEL_LOGIN_REFUSED',
        ofService: true,
        message: `The FreeWheel API did not accept its own new token for ${path}.`,
        hint: 'Check that apiUrl is the environment that the user belongs to.',
        details: { path, status: 401 },
      });
    }
    if (answer.status === 403) {
      throw failed({
        code: 'FREEWHEEL_ACCESS_DENIED',
        ofService: true,
        message: `The FreeWheel user may not read ${path}.`,
        hint: 'Ask FreeWheel to entitle the user to read series, sites and site sections by API.',
        details: { path, status: 403 },
      });
    }
    return this.#jsonOf(answer, path);
  }

  async #currentToken(): Promise<string> {
    return (this.#token ??= await this.#login());
  }

  #getWith(token: string, path: string): Promise<HttpAnswer> {
    return this.#request(path, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    });
  }

  async #login(): Promise<string> {
    const path = '/auth/token';
    const answer = await this.#request(path, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', ...this.#credentials }),
    });
    if ([400, 401, 403].includes(answer.status)) {
      throw failed({
        code: 'FREEWHEEL_LOGIN_REFUSED',
        ofService: true,
        message: 'FreeWheel refused the user name or password of the secret freewheel-api.',
        hint: REFUSED_HINT,
        details: { path, status: answer.status },
      });
    }
    const token = tokenSchema.safeParse(this.#jsonOf(answer, path));
    if (token.success) return token.data.access_token;
    throw unexpectedAnswer(path, 'it holds no access_token');
  }

  /** @throws FREEWHEEL_API_FAILED unless the status is 200, FREEWHEEL_API_ANSWER unless the body is JSON */
  #jsonOf({ status, body }: HttpAnswer, path: string): unknown {
    if (status !== 200) {
      throw failed({
        code: 'FREEWHEEL_API_FAILED',
        ofService: true,
        message: `The FreeWheel API answered ${status} to ${path}.`,
        hint: 'Check the parameter apiUrl of the feed freewheel; a status 4xx does not pass by itself.',
        details: { path, status },
      });
    }
    try {
      return JSON.parse(body);
    } catch {
      throw unexpectedAnswer(path, 'it is not JSON');
    }
  }

  #request(path: string, init: RequestInit): Promise<HttpAnswer> {
    return withRetry(() => this.#once(path, init), {
      ...this.#limits,
      retries: Math.min(this.#limits.retries, this.#retriesLeft),
      signal: this.#signal,
      onRetry: (error) => {
        this.#retriesLeft -= 1;
        this.#onRetry(error);
      },
    });
  }

  async #once(path: string, init: RequestInit): Promise<HttpAnswer> {
    await this.#takeTurn();
    return ask({
      service: 'The FreeWheel API',
      url: new URL(path, this.#base),
      ...{ init, signal: this.#signal, timeoutMs: this.#limits.timeoutMs },
      meanwhile: 'The names that were there still serve; the next run tries again.',
      unreachable: (why, cause) =>
        failed({
          code: 'FREEWHEEL_API_FAILED',
          ofService: true,
          message: `The FreeWheel API at ${this.#base.origin} could not be read: ${why}.`,
          hint: 'Check that this machine may reach the address; the names that were there still serve.',
          details: { path },
          cause,
        }),
    });
  }

  async #takeTurn(): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, this.#nextStart);
    this.#nextStart = start + this.#limits.spacingMs;
    if (start > now) await sleep(start - now, undefined, { signal: this.#signal });
  }
}

/** An answer that is not what FreeWheel documents. */
export const unexpectedAnswer = (path: string, why: string): PeachesError =>
  failed({
    code: 'FREEWHEEL_API_ANSWER',
    ofService: true,
    message: `The FreeWheel API's answer to ${path} can't be used: ${why}.`,
    hint: 'Check that the parameter apiUrl of the feed freewheel names FreeWheel API version 4.',
    details: { path },
  });
