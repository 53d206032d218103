import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateFastlyDay, type FastlyTruth, type InventedRequest } from '../../../examples/fastly-day.ts';
import { fastly } from '../../../etl/fastly/feed.ts';
import type { RunReport } from '../../../etl/runtime/run.ts';
import { FeedFolder, stageOf } from '../support/feed-folder.ts';

const DATE = '2024-02-29';
const NEXT = '2024-03-01';
const TABLE = 'fastly_log_aggregated_metadata';

let folder: FeedFolder;
let truth: FastlyTruth;
let report: RunReport;
const requests: InventedRequest[] = [];

beforeAll(async () => {
  folder = new FeedFolder(fastly, { date: DATE });
  truth = await generateFastlyDay({
    folder: folder.path('fastly-logs'),
    ...{ date: DATE, files: 14, requestsPerFile: 700, seed: 5 },
    onRequest: (request) => requests.push(request),
  });
  report = await folder.run();
});
afterAll(() => folder.remove());

/** The rules once more, the plain way: one request after the other, figures as text. */
interface Expected {
  requests: number;
  bytes: number;
  quarterSeconds: number;
  starts: number;
  hd: number;
  full: number;
  under: number;
  between: number;
  over: number;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();

const groupOf = ({ at, status, url, geo, hops }: InventedRequest): string => {
  const parts = url.split('?')[0]?.split('/') ?? [];
  const channel = parts.slice(0, -1).find((part) => String(Number(part)) === part);
  const kind = parts.findIndex((part) => part === 'dist' || part === 'mt');
  const name = (parts[kind + 1] ?? '').split('-').map(capital).join('_');
  const distributor = kind < 0 ? '-' : `${parts[kind]}-${name}`;
  const isOdd = channel === undefined || distributor === '-' || (status >= 400 && status < 500);
  const city = geo?.city === undefined ? 'unknown' : geo.city.replaceAll(/[^ -]+/gu, capital);
  return JSON.stringify([
    `${at.toISOString().slice(0, 16).replace('T', ' ')}:00`,
    status,
    channel ?? '',
    distributor,
    city,
    geo?.country ?? 'unknown',
    geo?.region ?? 'unknown',
    geo?.continent ?? 'unknown',
    isOdd ? url : '',
    hops === undefined ? -1 : hops === 0 ? 1 : 0,
  ]);
};

const expectedOf = (date: string): ReadonlyMap<string, Expected> => {
  const groups = new Map<string, Expected>();
  for (const request of requests) {
    if (request.at.toISOString().slice(0, 10) !== date) continue;
    const key = groupOf(request);
    const zero = { requests: 0, bytes: 0, quarterSeconds: 0, starts: 0, hd: 0, full: 0 };
    const group = groups.get(key) ?? { ...zero, under: 0, between: 0, over: 0 };
    groups.set(key, group);
    const path = request.url.split('?')[0] ?? '';
    group.requests += 1;
    group.bytes += request.headerBytes + request.bodyBytes;
    if (path.endsWith('.ts')) group.quarterSeconds += request.status === 206 ? 6 : 24;
    if (path.endsWith('/live.m3u8')) group.starts += 1;
    if (!path.includes('/playlist_') && !path.endsWith('/chunklist.m3u8')) continue;
    const [, size, lines] = /x(\d+)\.m3u8$|\/(\d+)p\//u.exec(path) ?? [];
    const height = Number(size ?? lines);
    if (height === 720) group.hd += 1;
    else if (height === 1080) group.full += 1;
    else if (height < 720) group.under += 1;
    else if (height < 1080) group.between += 1;
    else group.over += 1;
  }
  return groups;
};

const loaded = async (): Promise<ReadonlyMap<string, Expected>> => {
  const rows = await folder.query(`
    SELECT timestamps::VARCHAR AS minute, status::INT AS status, channel_id, distributor, city, country, region,
      continent, debug_url, client_request::INT AS hops, request_count::INT AS requests,
      request_size_bytes::DOUBLE AS bytes, round(minutes_watched * 240)::INT AS quarters,
      channel_start::INT AS starts, count_720p::INT AS hd, count_1080p::INT AS full_hd,
      under_720p_count::INT AS under, between_720p_and_1080p_count::INT AS between_hd, over_1080p_count::INT AS over_hd
    FROM ${TABLE}`);
  return new Map(
    rows.map((row) => [
      JSON.stringify([
        row['minute'],
        row['status'],
        row['channel_id'],
        row['distributor'],
        row['city'],
        row['country'],
        row['region'],
        row['continent'],
        row['debug_url'],
        row['hops'],
      ]),
      {
        requests: row['requests'],
        bytes: row['bytes'],
        quarterSeconds: row['quarters'],
        starts: row['starts'],
        hd: row['hd'],
        full: row['full_hd'],
        under: row['under'],
        between: row['between_hd'],
        over: row['over_hd'],
      } as Expected,
    ]),
  );
};

describe('a generated day', () => {
  test('gives the figures that its requests add up to', async () => {
    const expected = expectedOf(DATE);
    const found = await loaded();
    expect(found.size).toBe(expected.size);
    expect(new Map([...found].sort())).toEqual(new Map([...expected].sort()));
  });

  test('accounts for every line', async () => {
    const { rowsIn, rowsOut, rowsRejected, rejected, dropped } = stageOf(report, 'aggregate');
    expect(rejected).toEqual(truth.rejected);
    expect(rowsOut).toBe(truth.requests - truth.nextDay + truth.repeated);
    expect(dropped).toEqual({ 'other-day': truth.nextDay });
    expect(rowsIn).toBe(rowsOut + rowsRejected + truth.nextDay);
    expect(stageOf(report, 'load')).toMatchObject({
      rowsOut: truth.requests - truth.nextDay,
      dropped: { 'repeated-file': truth.repeated },
    });
    expect(await folder.json(`fastly-data/daily/date=${DATE}/totals.json`)).toMatchObject({
      date: DATE,
      requests: truth.requests - truth.nextDay,
      groups: expectedOf(DATE).size,
    });
  });

  test('is not worked again by a second run', async () => {
    const before = await loaded();
    const again = await folder.run();
    expect(again.stages.map(({ stage, units }) => [stage, units])).toEqual([
      ['aggregate', 0],
      ['load', 0],
      ['reconcile', 0],
    ]);
    expect(await loaded()).toEqual(before);
  });

  test('E3: leaves requests after midnight to the next day, where they count once', async () => {
    expect(truth.nextDay).toBeGreaterThan(0);
    expect(stageOf(report, 'aggregate').notes).toContain(
      `Files of ${DATE} hold requests of ${NEXT}: run that day as well.`,
    );
    const next = await folder.run({}, { date: NEXT });
    expect(stageOf(next, 'load').rowsOut).toBe(truth.nextDay);
    expect(await loaded()).toEqual(new Map([...expectedOf(DATE), ...expectedOf(NEXT)]));
  });
});
