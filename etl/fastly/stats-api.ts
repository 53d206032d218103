import { z } from 'zod';
import { failed, usageError, type PeachesError } from '../../errors/errors.ts';
import { ask, secureUrl } from '../runtime/http.ts';
import { withRetry } from '../runtime/retry.ts';

const TIMEOUT_MS = 30_000;

const rowSchema = z.object({ service_id: z.string().optional(), bandwidth: z.number().nullish() });
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.union([z.array(rowSchema), z.record(z.string(), z.array(rowSchema))]),
});

export interface StatsRequest {
  readonly baseUrl: string;
  readonly token: string;
  /** A day in UTC. */
  readonly date: string;
  /** Ids of services; empty: all that the token may see. */
  readonly services: readonly string[];
  readonly signal: AbortSignal;
  readonly onRetry?: (error: unknown) => void;
}

/**
 * Bytes that Fastly delivered on a day, headers and bodies, by its historical statistics
 * (`GET /stats/field/bandwidth`, https://www.fastly.com/documentation/reference/api/metrics-stats/historical-stats/).
 * @throws FASTLY_API_URL, FASTLY_TOKEN_REFUSED, FASTLY_API_FAILED, FASTLY_API_ANSWER, SERVICE_UNAVAILABLE
 */
export const readBandwidth = async (request: StatsRequest): Promise<number> => {
  const from = Date.parse(`${request.date}T00:00:00Z`) / 1000;
  const url = new URL('/stats/field/bandwidth', checkedBase(request.baseUrl));
  // Whole instants: a day without a time is taken as its noon.
  url.search = new URLSearchParams({ from: `${from}`, to: `${from + 86_400}`, by: 'day' }).toString();
  const text = await withRetry(() => bodyOf(url, request), {
    signal: request.signal,
    ...(request.onRetry !== undefined && { onRetry: request.onRetry }),
  });
  const { data } = parsed(text, url);
  const wanted = new Set(request.services);
  const rows = Array.isArray(data)
    ? data
    : Object.entries(data).flatMap(([service, days]) =>
        days.map((day) => ({ ...day, service_id: day.service_id ?? service })),
      );
  return rows
    .filter(({ service_id: service }) => wanted.size === 0 || (service !== undefined && wanted.has(service)))
    .reduce((sum, { bandwidth }) => sum + (bandwidth ?? 0), 0);
};

/** @throws FASTLY_API_URL when the token would travel in the clear */
const checkedBase = (text: string): URL => {
  const url = secureUrl(text);
  if (url !== undefined) return url;
  throw usageError({
    code: 'FASTLY_API_URL',
    message: `The Fastly API can't be used at ${text}: it is not an https address.`,
    hint: 'Set the parameter apiUrl of the feed fastly to an address that starts with https://.',
  });
};

/** @returns the body of an answer 200 */
const bodyOf = async (url: URL, { token, signal }: StatsRequest): Promise<string> => {
  const path = url.pathname;
  const { status, body } = await ask({
    service: 'The Fastly API',
    ...{ url, signal, timeoutMs: TIMEOUT_MS },
    init: { headers: { 'Fastly-Key': token, accept: 'application/json' } },
    meanwhile: 'The next run tries again.',
    unreachable: (why, cause) =>
      failed({
        code: 'FASTLY_API_FAILED',
        ofService: true,
        message: `The Fastly API at ${url.origin} could not be read: ${why}.`,
        hint: 'Check that this machine may reach the address.',
        details: { path },
        cause,
      }),
  });
  if (status === 200) return body;
  if (status === 401 || status === 403) throw refused(path, status);
  throw failed({
    code: 'FASTLY_API_FAILED',
    ofService: true,
    message: `The Fastly API answered ${status} to ${path}.`,
    hint: 'Check the parameter apiUrl of the feed fastly; a status 4xx does not pass by itself.',
    details: { path, status },
  });
};

const refused = (path: string, status: number): PeachesError =>
  failed({
    code: 'FASTLY_TOKEN_REFUSED',
    ofService: true,
    message: `Fastly refused the token of the secret fastly-api with ${status}.`,
    hint: 'Make a token with the scope global:read, and store it with: peaches secrets set fastly-api.',
    details: { path, status },
  });

const parsed = (text: string, { pathname }: URL): z.infer<typeof answerSchema> => {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch {
    throw failed({
      code: 'FASTLY_API_ANSWER',
      ofService: true,
      message: `The Fastly API's answer to ${pathname} is not what its documentation says.`,
      hint: 'Check that the parameter apiUrl of the feed fastly names the Fastly API.',
      details: { path: pathname },
    });
  }
};
