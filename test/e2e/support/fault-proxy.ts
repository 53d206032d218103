import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers in place of the emulator. @returns undefined to let the request through */
export type Fault = (
  asked: IncomingMessage,
) => { readonly status: number; readonly body: string } | undefined;

export interface FaultProxy {
  /** `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** From now on every request meets the fault; undefined: none does. */
  inject(fault: Fault | undefined): void;
  close(): Promise<void>;
}

const xml = (code: string, message: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

/** A write to objects whose path ends like this is refused, as by a policy. */
export const deniedWrite =
  (end: string): Fault =>
  ({ method, url = '' }) =>
    method === 'PUT' && new URL(url, 'http://x').pathname.endsWith(end)
      ? { status: 403, body: xml('AccessDenied', 'Access Denied') }
      : undefined;

/** Every service says that the credentials have expired, each in its protocol. */
export const expiredCredentials: Fault = ({ headers }) => {
  const message = 'The security token included in the request is expired';
  const type = headers['content-type'] ?? '';
  if (type.includes('json')) {
    return { status: 400, body: JSON.stringify({ __type: 'ExpiredTokenException', message }) };
  }
  const error = xml('ExpiredToken', message);
  const body = type.includes('form')
    ? error.replace(/<Error>.*/, '<ErrorResponse>$&</ErrorResponse>')
    : error;
  return { status: type.includes('form') ? 403 : 400, body };
};

/** Stands between clients and the emulator, to cause what an emulator never does by itself. */
export const startFaultProxy = async (target: string): Promise<FaultProxy> => {
  let fault: Fault | undefined;
  const { hostname, port } = new URL(target);
  const serve = (asked: IncomingMessage, answer: ServerResponse): void => {
    const faulty = fault?.(asked);
    if (faulty !== undefined) {
      asked.resume();
      const type = faulty.body.startsWith('{') ? 'application/x-amz-json-1.1' : 'application/xml';
      answer.writeHead(faulty.status, { 'content-type': type }).end(faulty.body);
      return;
    }
    const { method, url, headers } = asked;
    const passed = request({ hostname, port, method, path: url, headers }, (back) => {
      answer.writeHead(back.statusCode ?? 502, back.headers);
      back.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  };
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inject: (given) => (fault = given),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
