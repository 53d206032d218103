import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Item {
  readonly id?: unknown;
  readonly name?: unknown;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly resource: string;
  readonly page: number;
  readonly authorization: string | undefined;
  readonly body: string;
  readonly at: number;
}

/** Answers a request itself and returns true, or leaves it to the server. */
export type Fault = (request: SeenRequest, response: ServerResponse) => boolean;

/** FreeWheel's API as far as the names need it, on loopback, with faults at will. */
export interface ApiServer {
  readonly url: string;
  /** Newest first. */
  readonly lists: Record<string, Item[]>;
  readonly requests: SeenRequest[];
  readonly password: string;
  fault: Fault;
  /** Fields of the answer's envelope that are not what they should be. */
  envelope: (request: SeenRequest) => Readonly<Record<string, unknown>>;
  /** No token given out so far is taken any more. */
  revokeTokens(): void;
  close(): Promise<void>;
}

export const json = (response: ServerResponse, status: number, body: unknown, headers = {}): true => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return true;
};

export const items = (count: number, from = 1): Item[] =>
  Array.from({ length: count }, (_, index) => ({ id: from + index, name: `Item ${from + index}` }));

export const startApiServer = async (): Promise<ApiServer> => {
  let tokens = new Set<string>();
  let given = 0;
  const password = 'open sesame & more';

  const answer = (request: SeenRequest, response: ServerResponse): true => {
    if (request.path === '/auth/token') {
      const form = new URLSearchParams(request.body);
      const valid = form.get('grant_type') === 'password' && form.get('password') === password;
      if (!valid) return json(response, 401, { error: 'invalid_grant' });
      const token = `token-${++given}-secret`;
      tokens.add(token);
      return json(response, 200, { access_token: token, token_type: 'bearer', expires_in: 604_800 });
    }
    if (!tokens.has(request.authorization?.replace('Bearer ', '') ?? '')) return json(response, 401, {});
    const list = server.lists[request.resource];
    if (list === undefined) return json(response, 404, {});
    const total_page = Math.ceil(list.length / 500);
    return json(response, 200, {
      items: list.slice((request.page - 1) * 500, request.page * 500),
      ...{ page: request.page, per_page: 500, total_count: list.length, total_page },
      ...server.envelope(request),
    });
  };

  const http = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '', 'http://127.0.0.1');
      const request: SeenRequest = {
        method: incoming.method ?? '',
        path: url.pathname,
        resource: url.pathname.replace('/services/v4/', ''),
        page: Number(url.searchParams.get('page') ?? 1),
        authorization: incoming.headers.authorization,
        body: Buffer.concat(chunks).toString(),
        at: performance.now(),
      };
      server.requests.push(request);
      if (!server.fault(request, response)) answer(request, response);
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');

  const server: ApiServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    lists: { series: [], sites: [], site_sections: [] },
    requests: [],
    password,
    fault: () => false,
    envelope: () => ({}),
    revokeTokens: () => (tokens = new Set()),
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
};

/** A fault for the first `times` requests of a resource (`/auth/token` for the login). */
export const firstTimes = (
  times: number,
  resource: string,
  fault: (response: ServerResponse, request: SeenRequest) => unknown,
): Fault => {
  let left = times;
  return (request, response) => {
    if (request.resource !== resource || left === 0) return false;
    left -= 1;
    fault(response, request);
    return true;
  };
};
