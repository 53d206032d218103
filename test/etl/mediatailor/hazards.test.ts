import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { stageOf } from '../support/feed-folder.ts';
import { CONTROL, envelope, logEvent, MediatailorFolder, message, TABLE } from './support/day.ts';

/** What goes wrong in the field with this feed's objects; faults that every feed has are tried in `every-feed/`. */

let folder: MediatailorFolder;
beforeEach(() => {
  folder = new MediatailorFolder();
});
afterEach(() => folder.remove());

const HERE = '2021/03/01/10';
const good = gzipSync(envelope([logEvent({ id: 'a' }), logEvent({ id: 'b' })]));

test('E2: the same object under another name and a new version under the same name', async () => {
  await folder.deliver(`${HERE}/one`, good);
  await folder.deliver(`${HERE}/two`, good);
  expect(stageOf(await folder.run(), 'load')).toMatchObject({ rowsOut: 2, dropped: { duplicate: 2 } });
  await folder.deliver(`${HERE}/one`, envelope([logEvent({ id: 'c' })]));
  const report = await folder.run();
  expect(stageOf(report, 'flatten').units).toBe(1);
  expect((await folder.rows()).map((row) => row['log_event_id']).toSorted()).toEqual(['a', 'b', 'c']);
});

test.each(['2024-02-29', '2021-12-31', '2021-03-28'])('E3: %s is a day like others', async (date) => {
  const timestamp = Date.parse(`${date}T23:59:59.999Z`);
  await folder.deliver(`${date.replaceAll('-', '/')}/23/a`, envelope([logEvent({ timestamp })]));
  await folder.run({}, { date });
  expect((await folder.rows()).map((row) => row['request_time'])).toEqual([`${date}T23:59:59.999Z`]);
});

describe('E3: an object', () => {
  const [today, tomorrow] = ['2021-03-01', '2021-03-02'].map((day, index) =>
    envelope([logEvent({ id: String(index), timestamp: Date.parse(`${day}T10:00:00Z`) })]),
  );

  test('below a prefix is found by its hour', async () => {
    await folder.deliver(`AwsFirehose/${HERE}/a`, envelope([logEvent()]));
    await folder.deliver('AwsFirehose/2021/03/05/10/a', envelope([logEvent()]));
    expect(stageOf(await folder.run(), 'flatten')).toMatchObject({ units: 1, rowsOut: 1 });
  });

  test('outside the folders of hours gives each day its own events', async () => {
    await folder.deliver('loose.gz', gzipSync(`${today}${tomorrow}`));
    expect(stageOf(await folder.run(), 'flatten')).toMatchObject({ rowsOut: 1, dropped: { 'other-day': 1 } });
    await folder.run({}, { date: '2021-03-02' });
    expect((await folder.rows()).map((row) => row['log_event_id']).toSorted()).toEqual(['0', '1']);
  });

  test('outside them that can not be read is told by the run that meets it first, and fails no other day', async () => {
    await folder.deliver('loose.gz', good.subarray(0, good.length - 9));
    await folder.deliver(`${HERE}/a`, envelope([logEvent()]));
    for (const round of ['first', 'again']) {
      const [met, other] = [await folder.run(), await folder.run({}, { date: '2021-03-02' })];
      expect([round, stageOf(met, 'flatten').failures]).toMatchObject([
        round,
        [{ unit: 'loose.gz', reason: 'gzip-truncated' }],
      ]);
      expect(other).toMatchObject({ incomplete: false });
    }
    const kept = 'operations/quarantine/mediatailor/flatten/';
    expect(await folder.files(kept)).toEqual([
      'date=2021-03-01/loose.gz',
      'date=2021-03-01/loose.gz.reason.json',
    ]);
    await folder.deliver('loose.gz', gzipSync(`${today}${tomorrow}`));
    expect(stageOf(await folder.run({}, { date: '2021-03-02' }), 'flatten')).toMatchObject({ rowsOut: 1 });
    expect((await folder.run()).incomplete).toBe(false);
  });

  test('outside them has its damaged pieces told once', async () => {
    await folder.deliver('loose.gz', gzipSync(`${today}{"logEvents":${tomorrow}`));
    const [met, other] = [await folder.run(), await folder.run({}, { date: '2021-03-02' })];
    expect(stageOf(met, 'flatten').rejected).toEqual({ 'damaged-json': 1 });
    expect(stageOf(other, 'flatten').rejected).toEqual({});
  });

  test('of what Firehose could not deliver is left alone', async () => {
    await folder.deliver('errors/processing-failed/2021/03/01/a', 'anything');
    expect(stageOf(await folder.run(), 'flatten').units).toBe(0);
  });
});

describe('E4: nothing to do', () => {
  test('no object at all', async () => {
    const report = await folder.run();
    expect(report).toMatchObject({ incomplete: false, stages: [{ units: 0 }, { units: 0 }] });
    expect(await folder.files('mediatailor-data/')).toEqual([]);
  });

  test.each([
    ['gzip of nothing', gzipSync('')],
    ['white space', Buffer.from(' \n')],
    ['a control message', gzipSync(CONTROL)],
    ['an envelope without events', gzipSync(envelope([]))],
  ])('%s', async (_what, bytes) => {
    await folder.deliver(`${HERE}/a`, bytes);
    expect(await folder.run()).toMatchObject({ incomplete: false });
    expect(await folder.rows()).toEqual([]);
  });
});

describe('E5: an object that can not be unpacked', () => {
  test('is quarantined whole; the others count, and a good copy mends the day', async () => {
    await folder.deliver(`${HERE}/good`, envelope([logEvent()]));
    await folder.deliver(`${HERE}/bad`, good.subarray(0, good.length - 9));
    const report = await folder.run();
    expect(report.incomplete).toBe(true);
    expect(stageOf(report, 'flatten').failures).toMatchObject([{ reason: 'gzip-truncated' }]);
    expect(await folder.rows()).toHaveLength(1);
    const summary = 'mediatailor-data/summary/date=2021-03-01/summary.json';
    expect(JSON.parse(await folder.text(summary))).toMatchObject({ events: 1, incomplete: true });
    const kept = `operations/quarantine/mediatailor/flatten/date=2021-03-01/${HERE}/bad`;
    expect((await folder.bytes(kept)).equals(good.subarray(0, good.length - 9))).toBe(true);
    await folder.deliver(`${HERE}/bad`, good);
    expect(await folder.run()).toMatchObject({ incomplete: false });
    expect(JSON.parse(await folder.text(summary))).not.toHaveProperty('incomplete');
    expect(await folder.rows()).toHaveLength(3);
  });

  test('nor read: nothing in it is an event', async () => {
    await folder.deliver(`${HERE}/a`, 'this is no log');
    expect(stageOf(await folder.run(), 'flatten').failures).toMatchObject([{ reason: 'no-log-events' }]);
  });
});

test('a damaged piece is quarantined with its place, and what is behind it counts', async () => {
  const [first, second] = [envelope([logEvent()]), envelope([logEvent({ message: message({ ü: 1 }) })])];
  const piece = envelope([logEvent(), logEvent()]).slice(0, -70);
  await folder.deliver(`${HERE}/a`, gzipSync(first + piece + second));
  const { rowsIn, rowsOut, rejected } = stageOf(await folder.run(), 'flatten');
  expect({ rowsIn, rowsOut, rejected }).toEqual({ rowsIn: 3, rowsOut: 2, rejected: { 'damaged-json': 1 } });
  const path = `operations/quarantine/mediatailor/flatten/date=2021-03-01/${HERE}/a.rejected.jsonl.gz`;
  expect(await folder.gzipLines(path)).toMatchObject([
    {
      source: `${HERE}/a`,
      reason: 'damaged-json',
      fields: { offset: String(first.length), bytes: String(piece.length) },
    },
  ]);
});

test('E6: bytes that are no UTF-8 cost their envelope only', async () => {
  const spoiled = Buffer.from(envelope([logEvent()]));
  spoiled[spoiled.indexOf('r-1')] = 0xff;
  await folder.deliver(`${HERE}/a`, Buffer.concat([spoiled, Buffer.from(envelope([logEvent()]))]));
  expect(stageOf(await folder.run(), 'flatten')).toMatchObject({
    rowsOut: 1,
    rejected: { 'damaged-json': 1 },
  });
});

test('E8: no seconds to fill give no fill rate, not NaN', async () => {
  const avail = { originAvailDuration: 0, filledDuration: 0, numAds: 0 };
  const filled = message({ eventType: 'FILLED_AVAIL', avail });
  await folder.deliver(`${HERE}/a`, envelope([logEvent({ message: filled })]));
  await folder.run();
  expect(await folder.query('SELECT fill_rate FROM cwl_mediatailor_fillrate')).toEqual([{ fill_rate: null }]);
});

test('E9: new fields, other types and missing ones cost nothing', async () => {
  const odd = `{"eventType":"NEW_KIND","requestId":9007199254740993123,"awsAccountId":111122223333,"originId":null,"sessionId":{"a":1},"beaconInfo":"none","avail":[]}`;
  await folder.deliver(`${HERE}/a`, envelope([logEvent({ message: odd })], { extra: [1] }));
  await folder.run();
  expect(await folder.rows()).toMatchObject([
    {
      event_type: 'NEW_KIND',
      request_id: '9007199254740993123',
      aws_account_id: '111122223333',
      origin_id: null,
      session_id: '{"a":1}',
      event_timestamp: null,
      message1: odd,
    },
  ]);
});

test('E18: messages without envelopes, with and without line ends, and events of other sources', async () => {
  const [one, two] = [message({ requestId: 'r-1' }), message({ requestId: 'r-2' })];
  await folder.deliver(`${HERE}/a`, one + two);
  await folder.deliver(`${HERE}/b`, `${one}\n${two}\n`);
  await folder.deliver(`${HERE}/c`, envelope([logEvent()], { logGroup: 'MediaTailor/ManifestService' }));
  await folder.deliver(`${HERE}/d`, envelope([logEvent()], { owner: '999999999999' }));
  const report = await folder.run({ accounts: ['111122223333'] });
  expect(stageOf(report, 'flatten').dropped).toEqual({ 'other-account': 5, 'other-log-group': 1 });
  const all = await folder.run({ origins: ['linear-1'] });
  expect(stageOf(all, 'flatten').dropped).toEqual({ 'other-log-group': 1 });
  expect(stageOf(all, 'load')).toMatchObject({ rowsOut: 3, dropped: { duplicate: 2 } });
  expect((await folder.rows())[0]).toMatchObject({ request_time: '2021-03-01T10:00:00.000Z' });
});

test('an object that expires after it was read takes nothing with it', async () => {
  await folder.deliver(`${HERE}/a`, good);
  await folder.run();
  await rm(folder.path(`mediatailor-logs/${HERE}/a`));
  expect((await folder.run()).stages.map(({ units }) => units)).toEqual([0, 0]);
  for (const part of await folder.files('mediatailor-data/events/'))
    await rm(folder.path(`mediatailor-data/events/${part}`));
  const later = new Date(Date.now() + 91 * 86_400_000);
  await folder.run({}, { now: () => later });
  expect(await folder.query(`SELECT count(*)::int AS rows FROM ${TABLE}`)).toEqual([{ rows: 2 }]);
});
