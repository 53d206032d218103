import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  generateMediatailorDay,
  type InventedEvent,
  type MediatailorTruth,
} from '../../../examples/mediatailor-day.ts';
import type { RunReport } from '../../../etl/runtime/run.ts';
import { stageOf } from '../support/feed-folder.ts';
import { DATE, MediatailorFolder, TABLE } from './support/day.ts';

/** The figures of a generated day, computed from the generator's own records. */

type Told = InventedEvent & { readonly logEventId: string | null };

let folder: MediatailorFolder;
let truth: MediatailorTruth;
let report: RunReport;
const told: Told[] = [];

beforeAll(async () => {
  folder = new MediatailorFolder();
  truth = await generateMediatailorDay({
    folder: folder.path('mediatailor-logs'),
    ...{ date: DATE, objects: 16, eventsPerObject: 120, seed: 7 },
    onEvent: (event) => told.push(event),
  });
  report = await folder.run();
});
afterAll(() => folder.remove());

const timeOf = (value: unknown): number => (value instanceof Date ? value.getTime() : NaN);
const minute = (time: number): number => Math.floor(time / 60_000) * 60_000;
const hour = (time: number): number => Math.floor(time / 3_600_000) * 3_600_000;

/** Events in groups. */
const grouped = (events: readonly Told[], key: (event: Told) => readonly (string | number)[]) => {
  const groups = new Map<string, Told[]>();
  for (const event of events) {
    const name = JSON.stringify(key(event));
    groups.set(name, [...(groups.get(name) ?? []), event]);
  }
  return groups;
};

const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

test('every row that came in is accounted for, by reason', () => {
  const flatten = stageOf(report, 'flatten');
  expect(report.incomplete).toBe(false);
  expect(flatten).toMatchObject({
    units: truth.objects,
    rejected: truth.rejected,
    dropped: { 'control-message': truth.controlMessages, 'other-day': truth.otherDays },
    rowsOut: truth.events + truth.duplicates,
  });
  expect(flatten.rowsIn).toBe(flatten.rowsOut + flatten.rowsRejected + flatten.rowsDropped);
  expect(stageOf(report, 'load')).toMatchObject({
    rowsIn: truth.events + truth.duplicates,
    rowsOut: truth.events,
    dropped: { duplicate: truth.duplicates },
  });
  expect(told).toHaveLength(truth.events);
  expect(Object.keys(truth.rejected)).toHaveLength(6);
});

test('each event is published once, whole, with its own fields', async () => {
  const rows = await folder.rows();
  expect(rows).toHaveLength(told.length);
  const byRequest = new Map(rows.map((row) => [row['request_id'], row]));
  for (const event of told) {
    const row = byRequest.get(event.requestId);
    const parts = [1, 2, 3, 4].map((number) => row?.[`message${number}`] ?? '');
    expect(row).toMatchObject({
      request_time: new Date(event.requestTime).toISOString(),
      event_type: event.eventType,
      origin_id: event.originId,
      session_id: event.sessionId,
      beacon_info_headers_1_value: event.forwardedFor,
      beacon_info_tracking_event: event.trackingEvent,
      ...(event.logEventId !== null && { log_event_id: event.logEventId }),
    });
    expect(event.message.startsWith(parts.join(''))).toBe(true);
    if (Buffer.byteLength(event.message) < 4 * 65_532) expect(parts.join('')).toBe(event.message);
    for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(65_535);
  }
});

test('the warehouse holds the published rows, character for character', async () => {
  const rows = await folder.rows();
  const stored = await folder.query(`SELECT * FROM ${TABLE}`);
  const text = (row: Readonly<Record<string, unknown>>) =>
    Object.entries(row)
      .map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const sorted = (all: readonly Readonly<Record<string, unknown>>[]) =>
    all.map((row) => JSON.stringify(text(row))).sort();
  expect(sorted(stored)).toEqual(sorted(rows));
});

describe('figures', () => {
  test('of event types, by minute', async () => {
    const expected = grouped(told, (e) => [minute(e.requestTime), e.originId, e.eventType]);
    const rows = await folder.query('SELECT * FROM cwl_mediatailor_ad_event_type');
    const seen = rows.map((row) => [
      JSON.stringify([timeOf(row['query_date']), row['origin_id'], row['event_type']]),
      Number(row['event_count']),
    ]);
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries([...expected].map(([key, events]) => [key, events.length])),
    );
  });

  test('of errors, which are errors only', async () => {
    const errors = told.filter(({ eventType }) => /(^|_)ERROR(_|$)/.test(eventType));
    const [row] = await folder.query(
      'SELECT sum(event_count)::int AS events, sum(request_id_count)::int AS requests, count(DISTINCT event_type)::int AS types FROM cwl_mediatailor_error',
    );
    const types = new Set(errors.map(({ eventType }) => eventType));
    expect(row).toEqual({ events: errors.length, requests: errors.length, types: types.size });
    expect([...types]).toContain('PRE_ADS_REQUEST_HOOK_ERROR');
  });

  test('of sessions and users, by hour', async () => {
    const expected = grouped(told, (e) => [hour(e.requestTime), e.originId]);
    const rows = await folder.query('SELECT * FROM cwl_mediatailor_hourly_unique_users_sessions');
    expect(rows).toHaveLength(expected.size);
    for (const row of rows) {
      const events = expected.get(JSON.stringify([timeOf(row['query_date']), row['origin_id']])) ?? [];
      const users = new Set(events.flatMap(({ forwardedFor }) => forwardedFor ?? []));
      expect(Number(row['unique_sessions'])).toBe(new Set(events.map(({ sessionId }) => sessionId)).size);
      expect(Number(row['unique_users'])).toBe(users.size);
    }
  });

  test('of fill rates: sums of fractions of seconds, and the ratio of the sums', async () => {
    const filled = told.filter(({ eventType }) => eventType.startsWith('FILLED_'));
    const expected = grouped(filled, (e) => [minute(e.requestTime), e.originId]);
    const rows = await folder.query('SELECT * FROM cwl_mediatailor_fillrate');
    expect(rows).toHaveLength(expected.size);
    let fractions = 0;
    for (const row of rows) {
      const events = expected.get(JSON.stringify([timeOf(row['query_date']), row['origin_id']])) ?? [];
      const seconds = sum(events.map(({ filledDuration }) => filledDuration));
      const avail = sum(events.map(({ originAvailDuration }) => originAvailDuration));
      expect(row['filled_duration_sum']).toBeCloseTo(seconds, 9);
      expect(row['origin_avail_duration_sum']).toBeCloseTo(avail, 9);
      expect(Number(row['num_ads_sum'])).toBe(sum(events.map(({ numAds }) => numAds)));
      expect(row['fill_rate']).toBeCloseTo(seconds / avail, 12);
      if (!Number.isInteger(row['filled_duration_sum'])) fractions += 1;
    }
    expect(fractions).toBeGreaterThan(0);
  });

  test('of impressions, by minute and whole host', async () => {
    const impressions = told.filter(({ trackingEvent }) => trackingEvent === 'impression');
    const expected = grouped(impressions, (e) => [
      minute(e.requestTime),
      e.originId,
      e.eventType,
      e.beaconHost ?? '',
    ]);
    const rows = await folder.query('SELECT * FROM cwl_mediatailor_impression_beacon');
    const seen = rows.map((row) => [
      JSON.stringify([timeOf(row['query_date']), row['origin_id'], row['event_type'], row['uri_source']]),
      Number(row['event_count']),
    ]);
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries([...expected].map(([key, events]) => [key, events.length])),
    );
  });
});

test('a second run works nothing and changes no byte', async () => {
  const before = await folder.published();
  const second = await folder.run();
  expect(second.stages.map(({ units }) => units)).toEqual([0, 0]);
  expect(await folder.published()).toEqual(before);
});

test('E3: objects that come late, in another order, leave what a run with all of them leaves', async () => {
  const other = new MediatailorFolder();
  const names = await folder.files('mediatailor-logs/');
  const late = names.filter((_, index) => index % 4 === 1);
  const copy = async (name: string) => other.deliver(name, await folder.bytes(`mediatailor-logs/${name}`));
  for (const name of names) if (!late.includes(name)) await copy(name);
  await other.run();
  for (const name of late.toReversed()) await copy(name);
  const second = await other.run();
  expect(stageOf(second, 'flatten').units).toBe(late.length);
  expect(await other.published()).toEqual(await folder.published());
  const count = `SELECT count(*)::int AS rows FROM ${TABLE}`;
  expect(await other.query(count)).toEqual([{ rows: truth.events }]);
  await other.remove();
});
