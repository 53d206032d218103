import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { fastly } from '../../../etl/fastly/feed.ts';
import { FeedFolder, stageOf } from '../support/feed-folder.ts';

const DATE = '2021-03-01';
const BYTES = 1_000_000;
const LINE = JSON.stringify({
  timestamp: '03/01/2021 10:00:05.00 GMT',
  initial_status: '200',
  url: '/linear/59/dist/acme-tv/720p/chunk_123.ts',
  response_body_size: BYTES,
});
const RECORD = `fastly-data/reconciliation/date=${DATE}.json`;

let folder: FeedFolder;
let server: Server;
let asked: { url: string; token: unknown }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const says = (data: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
  response.end(JSON.stringify({ status: 'success', meta: {}, msg: null, data }));

beforeEach(async () => {
  folder = new FeedFolder(fastly, { date: DATE });
  asked = [];
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', token: request.headers['fastly-key'] });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await folder.put(`fastly-logs/logs/2021/03/01/a.log`, `${LINE}\n`);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await folder.remove();
});

const token = async (): Promise<void> => {
  const file = join(folder.root, 'secrets.json');
  await writeFile(file, JSON.stringify({ 'fastly-api': { token: 'abcd-token' } }));
  await chmod(file, 0o600);
};
const run = (params: Readonly<Record<string, unknown>> = {}, now = '2021-03-02T05:00:00Z') =>
  folder.run(
    { apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...params },
    { now: () => new Date(now) },
  );

describe('with a token', () => {
  beforeEach(token);

  test('the bytes of a day are compared with those of the statistics', async () => {
    answer = says({ s1: [{ bandwidth: 900_000 }], s2: [{ bandwidth: 104_000 }] });
    const report = await run();
    expect(stageOf(report, 'reconcile')).toMatchObject({ units: 1, unitsFailed: 0 });
    expect(asked).toEqual([
      { url: '/stats/field/bandwidth?from=1614556800&to=1614643200&by=day', token: 'abcd-token' },
    ]);
    const record = await folder.json(RECORD);
    expect(record).toMatchObject({
      date: DATE,
      logBytes: BYTES,
      statsBytes: 1_004_000,
      isWithinTolerance: true,
    });
    expect(record['difference']).toBeCloseTo(4000 / 1_004_000, 12);
  });

  test('only the services that were named count', async () => {
    answer = says({ s1: [{ bandwidth: BYTES }], s2: [{ bandwidth: 5_000_000 }] });
    expect((await run({ services: ['s1'] })).incomplete).toBe(false);
    expect(await folder.json(RECORD)).toMatchObject({ services: ['s1'], statsBytes: BYTES });
  });

  test('a difference beyond the tolerance fails the run and leaves the record', async () => {
    answer = says({ s1: [{ bandwidth: 1_010_000 }] });
    const report = await run();
    expect(stageOf(report, 'reconcile').failures).toMatchObject([{ reason: 'fastly-bytes-differ' }]);
    expect(await folder.json(RECORD)).toMatchObject({ isWithinTolerance: false });
    answer = says({ s1: [{ bandwidth: 1_000_100 }] });
    expect((await run({}, '2021-03-03T05:00:00Z')).incomplete).toBe(false);
    expect(await folder.json(RECORD)).toMatchObject({ isWithinTolerance: true });
  });

  test('E8: statistics of zero bytes are no division by zero', async () => {
    answer = says([]);
    await run();
    expect(await folder.json(RECORD)).toMatchObject({
      statsBytes: 0,
      difference: null,
      isWithinTolerance: false,
    });
  });

  test('a day that is not over is not compared', async () => {
    expect(stageOf(await run({}, '2021-03-01T23:00:00Z'), 'reconcile').notes).toEqual([
      `${DATE} is not over: Fastly has no statistics of it yet.`,
    ]);
    expect(asked).toEqual([]);
  });

  test('the API is asked again after 429, as late as it says', async () => {
    answer = (_request, response) => {
      if (asked.length === 1) response.writeHead(429, { 'retry-after': '0' }).end();
      else says({ s1: [{ bandwidth: BYTES }] })(_request, response);
    };
    expect((await run()).incomplete).toBe(false);
    expect(asked).toHaveLength(2);
  });

  test.each([
    [401, '{}', 'fastly-token-refused'],
    [404, '{}', 'fastly-api-failed'],
    [200, 'no json', 'fastly-api-answer'],
    [200, '{"status":"error","data":{}}', 'fastly-api-answer'],
  ])('an answer %i with %s fails as %s', async (status, body, reason) => {
    answer = (_request, response) => response.writeHead(status).end(body);
    expect(stageOf(await run(), 'reconcile').failures).toMatchObject([{ reason }]);
    expect(await folder.files('fastly-data/reconciliation/')).toEqual([]);
    answer = says({ s1: [{ bandwidth: BYTES }] });
    expect(stageOf(await run(), 'reconcile')).toMatchObject({ units: 1, unitsFailed: 0 });
  });

  test('the token does not travel in the clear', async () => {
    await expect(run({ apiUrl: 'http://fastly.example' })).rejects.toMatchObject({ code: 'FASTLY_API_URL' });
  });
});

test('without a token the run says that nothing was compared', async () => {
  expect(stageOf(await run(), 'reconcile').notes).toEqual([
    'There is no Fastly token (secret fastly-api): bytes were not compared.',
  ]);
  expect(asked).toEqual([]);
});
