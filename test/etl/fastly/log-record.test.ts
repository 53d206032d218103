import { describe, expect, test } from '@jest/globals';
import { readRecord } from '../../../etl/fastly/log-record.ts';
import { factsOf, titleCase } from '../../../etl/fastly/request-url.ts';
import { minuteOf } from '../../../etl/fastly/timestamp.ts';
import { dayOfKey, mayHoldRequestsOf } from '../../../etl/fastly/log-day.ts';

const WHOLE = {
  timestamp: '03/01/2021 10:00:05.00 GMT',
  client_ip: '203.0.113.9',
  initial_status: '200',
  url: '/linear/59/dist/acme-tv/720p/chunk_123.ts',
  geo: { city: 'amsterdam', country: 'NL', continent: 'EU', region: 'NH' },
  response_header_size: '512',
  response_body_size: '1450000',
  client_request: '0',
};
const recordOf = (changes: Readonly<Record<string, unknown>> = {}) => {
  const read = readRecord(JSON.stringify({ ...WHOLE, ...changes }));
  return 'record' in read ? read.record : read;
};

describe('a record', () => {
  test('is read as its fields say, without address and user agent', () => {
    expect(recordOf()).toEqual({
      minute: '2021-03-01 10:00:00',
      status: 200,
      city: 'Amsterdam',
      country: 'NL',
      region: 'NH',
      continent: 'EU',
      bytes: 1_450_512,
      clientRequest: 1,
      debugUrl: '',
      facts: expect.objectContaining({ channel: '59', distributor: 'dist-Acme_Tv', isSegment: true }),
    });
  });

  test.each([
    ['0', 1],
    ['3', 0],
    [2, 0],
    ['', -1],
    [null, -1],
    [undefined, -1],
  ])('with the hop count %p counts as %p', (hops, expected) => {
    expect(recordOf({ client_request: hops })).toMatchObject({ clientRequest: expected });
  });

  test.each([[undefined], [null], [{}], [{ city: '' }], ['NL'], [{ city: '?', country: null }]])(
    'E10: from the place %p is from an unknown one',
    (geo) => {
      expect(recordOf({ geo })).toMatchObject({
        city: 'unknown',
        country: 'unknown',
        region: 'unknown',
        continent: 'unknown',
      });
    },
  );

  test.each([
    [{ url: '/favicon.ico' }, '/favicon.ico'],
    [{ url: '/linear/59/other/x.ts?a=1' }, '/linear/59/other/x.ts?a=1'],
    [{ initial_status: 404 }, WHOLE.url],
    [{ initial_status: 503 }, ''],
    [{ url: '/favicon\u0000\ud800.ico' }, '/favicon  .ico'],
  ])('with %j keeps the address %p', (changes, expected) => {
    expect(recordOf(changes)).toMatchObject({ debugUrl: expected });
  });

  test.each([
    [{ timestamp: '13/01/2021 10:00:05.00 GMT' }, 'timestamp-unreadable'],
    [{ timestamp: '02/30/2021 10:00:05.00 GMT' }, 'timestamp-unreadable'],
    [{ timestamp: '03/01/2021 10:00:05.00 CET' }, 'timestamp-unreadable'],
    [{ timestamp: 1614592805 }, 'timestamp-unreadable'],
    [{ initial_status: '' }, 'not-a-status'],
    [{ initial_status: '99' }, 'not-a-status'],
    [{ url: '' }, 'no-url'],
    [{ url: undefined }, 'no-url'],
    [{ response_body_size: '1e6' }, 'not-a-size'],
    [{ response_header_size: -1 }, 'not-a-size'],
    [{ client_request: 'yes' }, 'not-a-hop-count'],
    [{ url: `/${'é'.repeat(9000)}` }, 'field-too-long'],
    [{ geo: { city: 'x'.repeat(257) } }, 'field-too-long'],
  ])('with %j is rejected as %p', (changes, reason) => {
    expect(recordOf(changes)).toMatchObject({ reason });
  });

  test('that is no JSON tells nothing of its content', () => {
    const read = readRecord('{"client_ip":"203.0.113.9",');
    expect(read).toEqual({ reason: 'not-json', detail: 'The line is not JSON.' });
    expect(readRecord('[1]')).toMatchObject({ reason: 'not-an-object' });
  });

  test('with a backslash that was not escaped is mended, one with escapes is left alone', () => {
    const loose = JSON.stringify({ ...WHOLE, url: '/a' }).replace('"/a"', String.raw`"/a\d"`);
    expect(readRecord(loose)).toMatchObject({ isRepaired: true, record: { debugUrl: String.raw`/a\d` } });
    expect(readRecord(JSON.stringify({ ...WHOLE, url: '/a"\\u' }))).toMatchObject({
      isRepaired: false,
      record: { debugUrl: String.raw`/a"\u` },
    });
  });

  test('behind a syslog prefix is read', () => {
    const line = `<134>2021-03-01T10:00:05Z cache-ams21 logs[7]: ${JSON.stringify(WHOLE)}`;
    expect(readRecord(line)).toMatchObject({ record: { status: 200 } });
  });
});

describe('an address', () => {
  test.each([
    ['/linear/59/dist/acme-tv/a.ts', '59', 'dist-Acme_Tv'],
    ['/linear/59a/dist/acme/a.ts', '', 'dist-Acme'],
    ['/7/8/mt/HILL-top-media/a.ts', '7', 'mt-Hill_Top_Media'],
    ['/59', '', '-'],
    ['/a?next=/59/dist/b', '', '-'],
  ])('%s has the channel %p and the distributor %p', (url, channel, distributor) => {
    expect(factsOf(url)).toMatchObject({ channel, distributor });
  });

  test.each([
    ['/59/live.m3u8', true],
    ['/59/live.m3u8?a=1', true],
    ['/59/chunklist_b1.m3u8', false],
    ['/59/playlist.m3u8', false],
    ['/59/playlist_webvtt.m3u8', false],
    ['/59/12345.m3u8', false],
    ['/59/12345a.m3u8', true],
    ['/59/a.ts', false],
  ])('%s is a start: %p', (url, isStart) => {
    expect(factsOf(url).isStart).toBe(isStart);
  });

  test.each([
    ['/59/playlist_1280x720.m3u8', 720, true, false],
    ['/59/1920x1080/playlist.m3u8', 1080, false, true],
    ['/59/playlist_640x360.m3u8', 360, false, false],
    ['/59/playlist.m3u8', undefined, false, false],
    ['/59/720p/chunklist.m3u8', 720, true, false],
    ['/59/1080p/chunklist.m3u8?a=1', 1080, false, true],
    ['/59/2160p/chunklist.m3u8', 2160, false, false],
    ['/59/720p/chunk_1.ts', undefined, false, false],
    ['/59/720p/live.m3u8', undefined, false, false],
  ])('%s names the height %p', (url, height, is720p, is1080p) => {
    expect(factsOf(url)).toMatchObject({ height, is720p, is1080p });
  });
});

test('titles have a capital at the start of every word', () => {
  expect(titleCase('SAINT-DENIS of são o’neil 2nd')).toBe('Saint-Denis Of São O’Neil 2Nd');
});

test.each([
  ['03/01/2021 10:00:59.99 GMT', '2021-03-01 10:00:00'],
  ['02/29/2024 23:59:00 UTC', '2024-02-29 23:59:00'],
  ['2021-03-01T10:00:05.123Z', '2021-03-01 10:00:00'],
  ['2021-03-01T00:30:05+01:00', '2021-02-28 23:30:00'],
  ['2021-03-01T10:00:05', undefined],
  ['02/29/2023 10:00:00 GMT', undefined],
  ['', undefined],
])('the minute of %p is %p', (text, expected) => {
  expect(minuteOf(text)).toBe(expected);
});

test.each([
  ['logs/2021/03/01/10:00:05.log', '2021-03-01'],
  ['2021-03-01T10:00:00.000-abc.log.gz', '2021-03-01'],
  ['logs/20210301/x.log', '2021-03-01'],
  ['a/1234567890/2021/12/31/x', '2021-12-31'],
  ['logs/2021/13/01/x.log', undefined],
  ['x.log', undefined],
])('the day of %s is %p', (key, day) => {
  expect(dayOfKey(key)).toBe(day);
});

test.each([
  ['logs/2021/03/01/12:00:05.log', true],
  ['logs/2021/02/28/23:00:00-x.log', true],
  ['logs/2021/02/28/21:59:59-x.log', false],
  ['logs/2021/02/28/2021-02-28T10:00:00.000-x.log', false],
  ['2021-02-28T22:00:00.000-x.log', true],
  ['logs/2021/02/28/23/x.log', true],
  ['logs/20210228/x.log', true],
  ['logs/2021/03/02/00:00:00-x.log', true],
  ['2021-03-02T02:00:00.000-x.log.gz', false],
  ['logs/2021/03/03/00:00:00-x.log', false],
  ['x.log', true],
])('whether %s may hold requests of 2021-03-01 is %p', (key, may) => {
  expect(mayHoldRequestsOf('2021-03-01', key)).toBe(may);
});
