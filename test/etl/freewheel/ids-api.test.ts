import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PeachesError } from '../../../errors/errors.ts';
import { ApiClient, type ApiLimits } from '../../../etl/freewheel/api-client.ts';
import { readList } from '../../../etl/freewheel/api-lists.ts';
import { firstTimes, items, json, startApiServer, type ApiServer } from './support/api-server.ts';

let server: ApiServer;

beforeEach(async () => {
  server = await startApiServer();
  server.lists['sites'] = items(3);
});
afterEach(() => server.close());

const QUICK: Partial<ApiLimits> = { firstPauseMs: 1, longestPauseMs: 5, spacingMs: 0, timeoutMs: 2000 };

const client = (limits: Partial<ApiLimits> = {}, password = server.password): ApiClient =>
  new ApiClient({
    baseUrl: server.url,
    credentials: { username: 'reports@example.com', password },
    signal: new AbortController().signal,
    limits: { ...QUICK, ...limits },
  });

const sites = (limits?: Partial<ApiLimits>) => readList(client(limits), 'sites');

const failure = async (work: Promise<unknown>): Promise<PeachesError> => {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(PeachesError);
  return thrown as PeachesError;
};

const pagesAsked = () => server.requests.filter(({ method }) => method === 'GET').map(({ page }) => page);
const logins = () => server.requests.filter(({ method }) => method === 'POST').length;

describe('E11: token', () => {
  test('is got once by password grant, and travels in the header', async () => {
    server.lists['sites'] = items(1001);
    await sites();
    expect(logins()).toBe(1);
    expect(pagesAsked()).toEqual([1, 2, 3]);
    expect(server.requests.at(-1)?.authorization).toBe('Bearer token-1-secret');
  });

  test('is renewed once when the API stops taking it in the middle of a list', async () => {
    server.lists['sites'] = items(1001);
    server.fault = ({ page }) => {
      if (page === 2 && logins() === 1) server.revokeTokens();
      return false;
    };
    expect((await sites()).names.size).toBe(1001);
    expect(logins()).toBe(2);
    expect(pagesAsked()).toEqual([1, 2, 2, 3]);
  });

  test('that is never taken is an error after the second one', async () => {
    server.fault = firstTimes(99, 'sites', (response) => json(response, 401, {}));
    const error = await failure(sites());
    expect(error.code).toBe('FREEWHEEL_LOGIN_REFUSED');
    expect(logins()).toBe(2);
  });

  test('refused for a wrong password is an error at once that does not show the password', async () => {
    const error = await failure(readList(client({}, 'wrong-password'), 'sites'));
    expect(error.code).toBe('FREEWHEEL_LOGIN_REFUSED');
    expect(logins()).toBe(1);
    const told = JSON.stringify([error.message, error.hint, error.details, String(error.cause)]);
    expect(told).not.toContain('wrong-password');
  });

  test('is never sent over a plain line to somewhere else', () => {
    const credentials = { username: 'a', password: 'b' };
    const signal = new AbortController().signal;
    expect(() => new ApiClient({ baseUrl: 'http://api.example.com', credentials, signal })).toThrow(
      expect.objectContaining({ code: 'FREEWHEEL_API_URL' }),
    );
  });

  test('is not carried to another host by a redirect', async () => {
    server.fault = firstTimes(99, 'sites', (response) =>
      json(response, 302, '', { location: 'http://127.0.0.1:1/' }),
    );
    expect((await failure(sites())).code).toBe('FREEWHEEL_API_FAILED');
  });
});

describe('E11: what may pass', () => {
  test.each([408, 429, 500, 502, 503, 504])('%d is tried again', async (status) => {
    server.fault = firstTimes(2, 'sites', (response) => json(response, status, 'oops'));
    expect((await sites()).names.size).toBe(3);
    expect(pagesAsked()).toEqual([1, 1, 1]);
  });

  test('the login is tried again as well', async () => {
    server.fault = firstTimes(1, '/auth/token', (response) => json(response, 429, ''));
    expect((await sites()).names.size).toBe(3);
    expect(logins()).toBe(2);
  });

  test('Retry-After is waited for', async () => {
    server.fault = firstTimes(1, 'sites', (response) => json(response, 429, '', { 'retry-after': '1' }));
    await sites();
    const [first, second] = server.requests.filter(({ method }) => method === 'GET');
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(990);
  });

  test('a Retry-After beyond all patience ends it', async () => {
    server.fault = firstTimes(99, 'sites', (response) => json(response, 429, '', { 'retry-after': '9999' }));
    expect((await failure(sites())).code).toBe('SERVICE_UNAVAILABLE');
    expect(pagesAsked()).toEqual([1]);
  });

  test('a body that comes too slowly is given up and asked for again', async () => {
    server.fault = firstTimes(1, 'sites', (response) => {
      response.writeHead(200);
      response.write('{"items": [');
    });
    expect((await sites({ timeoutMs: 150 })).names.size).toBe(3);
    expect(pagesAsked()).toEqual([1, 1]);
  });

  test('a line that breaks in the middle of a body is asked for again', async () => {
    server.fault = firstTimes(1, 'sites', (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"items": [');
      setTimeout(() => response.destroy(), 20);
    });
    expect((await sites()).names.size).toBe(3);
  });

  test('is tried only as often as allowed, and as the budget of all requests allows', async () => {
    server.fault = firstTimes(99, 'sites', (response) => json(response, 503, ''));
    const error = await failure(sites({ retries: 3 }));
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { status: 503 } });
    expect(pagesAsked()).toHaveLength(4);
    server.requests.length = 0;
    const same = client({ retries: 3, retryBudget: 4 });
    await failure(readList(same, 'sites'));
    await failure(readList(same, 'sites'));
    await failure(readList(same, 'sites'));
    expect(pagesAsked()).toHaveLength(4 + 2 + 1);
  });
});

describe('E11: what does not pass', () => {
  test('403 is told at once, with what to do', async () => {
    server.fault = firstTimes(99, 'sites', (response) => json(response, 403, {}));
    const error = await failure(sites());
    expect(error.code).toBe('FREEWHEEL_ACCESS_DENIED');
    expect(error.hint).toContain('entitle');
    expect(pagesAsked()).toEqual([1]);
  });

  test.each([400, 404, 405, 422])('%d is an error at once', async (status) => {
    server.fault = firstTimes(99, 'sites', (response) => json(response, status, {}));
    expect((await failure(sites())).code).toBe('FREEWHEEL_API_FAILED');
    expect(pagesAsked()).toEqual([1]);
  });

  test.each(['<html>', '{"items": {}}', '[]'])('an answer such as %s is an error', async (body) => {
    server.fault = firstTimes(99, 'sites', (response) => json(response, 200, body));
    expect((await failure(sites())).code).toBe('FREEWHEEL_API_ANSWER');
  });
});

describe('E11: pages', () => {
  test.each([
    ['is 0', 0],
    ['is missing', undefined],
    ['is no number', 'many'],
  ])('end with a short page when total_page %s', async (_case, total_page) => {
    server.lists['sites'] = items(700);
    server.envelope = () => ({ total_page });
    expect((await sites()).names.size).toBe(700);
    expect(pagesAsked()).toEqual([1, 2]);
  });

  test('end with an empty page when the count of pages is too high', async () => {
    server.envelope = () => ({ total_page: 99 });
    expect((await sites()).names.size).toBe(3);
    expect(pagesAsked()).toEqual([1, 2]);
  });

  test('that are added while the list is read are read too, and items that shift count once', async () => {
    server.lists['sites'] = items(1000);
    server.fault = ({ page }) => {
      if (page === 2) server.lists['sites'] = [{ id: 5000, name: 'New' }, ...items(1000)];
      return false;
    };
    const listing = await sites();
    expect(pagesAsked()).toEqual([1, 2, 3]);
    expect(listing).toMatchObject({ items: 1001, duplicates: 1 });
    expect(listing.names.size).toBe(1000);
  });

  test('are read again when the list shrank, so that no item slips through', async () => {
    server.lists['sites'] = items(1001);
    let deleted = false;
    server.fault = ({ page }) => {
      if (page === 2 && !deleted) {
        deleted = true;
        server.lists['sites'] = items(1000, 2);
      }
      return false;
    };
    const { names } = await sites();
    expect(items(1001).filter(({ id }) => !names.has(String(id)))).toEqual([]);
  });

  test('keep an item that comes twice once, and reject one without a name', async () => {
    server.lists['sites'] = [
      { id: 1, name: ' One ' },
      { id: '1', name: 'One' },
      { id: 2 },
      { id: 3, name: '' },
    ];
    const listing = await sites();
    expect([...listing.names]).toEqual([['1', 'One']]);
    expect(listing).toMatchObject({ items: 4, duplicates: 1 });
    expect(listing.rejected).toMatchObject([{ row: 3, reason: 'item-without-name' }, { row: 4 }]);
  });

  test('are asked for no faster than the API allows', async () => {
    server.lists['sites'] = items(1501);
    // Noted as they leave: a busy machine delays each arrival by another time.
    const starts: number[] = [];
    const send = globalThis.fetch;
    globalThis.fetch = (...request) => {
      starts.push(performance.now());
      return send(...request);
    };
    try {
      await sites({ spacingMs: 50 });
    } finally {
      globalThis.fetch = send;
    }
    expect(starts.length).toBeGreaterThanOrEqual(5);
    expect(starts[4]! - starts[0]!).toBeGreaterThanOrEqual(4 * 50 - 5);
  });
});
