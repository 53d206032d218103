import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fastly } from '../../../etl/fastly/feed.ts';
import { FeedFolder, stageOf } from '../support/feed-folder.ts';

const DATE = '2021-03-01';
const LOGS = `fastly-logs/logs/2021/03/01/`;
/** One request, as the tool `zstd` compresses it. */
const ZSTD =
  'KLUv/SSO3QMA4sgdH2BFnAPYbbSiftvWzKXZjnygQX0aHpqQyK8cBcCCOwGBAF+Z+TWgNkYDIdrTCEX6JCPWTZSlmiJOCSajr0EuVvAexuUqbJKwpORehE6a2ZEmI/6XmXVat9ocBxdGaMQHQ+H4k+XsZ1eHWl+pnsrNHD1u9T1wDRAAkHRVEg==';

const line = (changes: Readonly<Record<string, unknown>> = {}): string =>
  `${JSON.stringify({
    timestamp: '03/01/2021 10:00:05.00 GMT',
    client_ip: '203.0.113.9',
    initial_status: '200',
    url: '/linear/59/dist/acme-tv/720p/chunk_123.ts',
    geo: { city: 'amsterdam', country: 'NL', continent: 'EU', region: 'NH' },
    response_header_size: '512',
    response_body_size: '1450000',
    client_request: '0',
    ...changes,
  })}\n`;

let folder: FeedFolder;
beforeEach(() => {
  folder = new FeedFolder(fastly, { date: DATE });
});
afterEach(() => folder.remove());

const requests = async (): Promise<unknown> =>
  (await folder.query('SELECT sum(request_count)::INT AS n FROM fastly_log_aggregated_metadata'))[0]?.['n'];

describe('a log', () => {
  test('is read as gzip of many members, as zstd and as it is', async () => {
    await folder.put(`${LOGS}a.log`, line());
    await folder.put(`${LOGS}b.log.gz`, Buffer.concat([gzipSync(line()), gzipSync(line())]));
    await folder.put(`${LOGS}c.log.zst`, Buffer.from(ZSTD, 'base64'));
    const report = await folder.run();
    expect(stageOf(report, 'aggregate')).toMatchObject({ units: 3, unitsFailed: 0, rowsIn: 4, rowsOut: 4 });
    expect(await requests()).toBe(4);
  });

  test.each([
    ['truncated gzip', 'a.log.gz', gzipSync(line()).subarray(0, 60), 'gzip-truncated'],
    ['truncated zstd', 'a.log.zst', Buffer.from(ZSTD, 'base64').subarray(0, 90), 'zstd-truncated'],
    ['what is no gzip', 'a.log.gz', Buffer.from(line()), 'not-gzip'],
    ['what is no zstd', 'a.log.zst', Buffer.from(line()), 'not-zstd'],
    ['nothing', 'a.log', Buffer.alloc(0), 'empty-file'],
    [
      'rubbish behind its gzip',
      'a.log',
      Buffer.concat([gzipSync(line()), gzipSync(line()).fill(1, 12, 40)]),
      'gzip-damaged',
    ],
  ])('E5: of %s goes to quarantine whole, and the others count', async (_what, name, content, reason) => {
    await folder.put(LOGS + name, content);
    await folder.put(`${LOGS}good.log`, line());
    const report = await folder.run();
    expect(report.incomplete).toBe(true);
    expect(stageOf(report, 'aggregate').failures).toMatchObject([
      { unit: `logs/2021/03/01/${name}`, reason },
    ]);
    expect(await requests()).toBe(1);
    expect(await folder.json(`fastly-data/daily/date=${DATE}/totals.json`)).toMatchObject({
      incomplete: true,
      requests: 1,
    });
    const kept = `operations/quarantine/fastly/aggregate/date=${DATE}/logs/2021/03/01/${name}`;
    expect(await readFile(folder.path(kept))).toEqual(content);

    await folder.put(
      LOGS + name,
      name.endsWith('.gz') ? gzipSync(line()) : name.endsWith('.zst') ? Buffer.from(ZSTD, 'base64') : line(),
    );
    expect((await folder.run()).incomplete).toBe(false);
    expect(await folder.json(`fastly-data/daily/date=${DATE}/totals.json`)).not.toHaveProperty('incomplete');
  });

  test('E4: of blank lines alone has no rows', async () => {
    await folder.put(`${LOGS}a.log`, '\n \r\n');
    expect(stageOf(await folder.run(), 'aggregate')).toMatchObject({ units: 1, rowsIn: 0, rowsOut: 0 });
  });

  test('E6: with bad lines keeps the good ones, and says which were bad and why', async () => {
    await folder.put(`${LOGS}a.log`, `\ufeff${line()}nonsense\r\n\n${line({ url: '' })}${line().trimEnd()}`);
    const report = await folder.run();
    expect(stageOf(report, 'aggregate')).toMatchObject({
      rowsIn: 4,
      rowsOut: 2,
      rejected: { 'not-json': 1, 'no-url': 1 },
    });
    const kept = await readFile(
      folder.path(
        `operations/quarantine/fastly/aggregate/date=${DATE}/logs/2021/03/01/a.log.rejected.jsonl.gz`,
      ),
    );
    const lines = gunzipSync(kept).toString().trimEnd().split('\n');
    expect(lines.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { source: 'logs/2021/03/01/a.log', row: 2, reason: 'not-json' },
      { source: 'logs/2021/03/01/a.log', row: 4, reason: 'no-url' },
    ]);
  });

  test('E6: with a line beyond a megabyte goes on at the next', async () => {
    await folder.put(`${LOGS}a.log`, `${'x'.repeat(3 << 20)}\n${line()}`);
    expect(stageOf(await folder.run(), 'aggregate')).toMatchObject({
      rowsIn: 2,
      rowsOut: 1,
      rejected: { 'line-too-long': 1 },
    });
  });

  test('E2: that comes again under another name counts once, also after one of the two has changed', async () => {
    await folder.put(`${LOGS}a.log`, line() + line());
    await folder.put(`${LOGS}b.log`, line() + line());
    expect(stageOf(await folder.run(), 'load')).toMatchObject({
      rowsIn: 4,
      rowsOut: 2,
      dropped: { 'repeated-file': 2 },
    });
    await folder.put(`${LOGS}a.log`, line());
    await folder.run();
    expect(await requests()).toBe(3);
  });

  test('E3: that comes late adds to its day, and nothing else is worked again', async () => {
    await folder.put(`${LOGS}a.log`, line());
    await folder.run();
    await folder.put(`${LOGS}b.log`, line() + line());
    expect(stageOf(await folder.run(), 'aggregate').units).toBe(1);
    expect(await requests()).toBe(3);
  });

  test('E3: opened before or after midnight gives its requests of the day, whichever day is run first', async () => {
    const [last, first] = [
      { timestamp: '03/01/2021 23:59:59.00 GMT' },
      { timestamp: '03/01/2021 00:00:01.00 GMT' },
    ];
    const before = { timestamp: '02/28/2021 23:59:59.00 GMT' };
    await folder.put('fastly-logs/logs/2021/02/28/23:30:00-x.log', `${line(before)}bad\n${line(first)}`);
    await folder.put('fastly-logs/logs/2021/03/02/00:00:00-x.log', line(last));
    expect(stageOf(await folder.run(), 'aggregate')).toMatchObject({
      ...{ units: 2, rowsIn: 4, rowsOut: 2, rejected: {}, dropped: { 'other-day': 2 } },
    });
    expect(await requests()).toBe(2);
    const earlier = await folder.run({}, { date: '2021-02-28' });
    expect(stageOf(earlier, 'aggregate')).toMatchObject({ rowsOut: 1, rejected: { 'not-json': 1 } });
    expect(await requests()).toBe(3);
    expect((await folder.run()).stages.map(({ units }) => units)).toEqual([0, 0, 0]);
  });

  test('whose name tells no day gives each day its own requests', async () => {
    await folder.put('fastly-logs/a.log', line() + line({ timestamp: '03/02/2021 00:00:00.00 GMT' }));
    expect(stageOf(await folder.run(), 'aggregate')).toMatchObject({
      rowsOut: 1,
      dropped: { 'other-day': 1 },
    });
    await folder.run({}, { date: '2021-03-02' });
    expect(await requests()).toBe(2);
  });
});

test('a log whose name tells no day and that can not be read fails the day whose run meets it first, and no other', async () => {
  await folder.put('fastly-logs/a.log.gz', gzipSync(line()).subarray(0, 60));
  await folder.put('fastly-logs/b.log', `${line()}bad\n`);
  expect(stageOf(await folder.run(), 'aggregate')).toMatchObject({
    failures: [{ unit: 'a.log.gz', reason: 'gzip-truncated' }],
    rejected: { 'not-json': 1 },
  });
  const other = await folder.run({}, { date: '2021-03-02' });
  expect(stageOf(other, 'aggregate')).toMatchObject({
    unitsFailed: 0,
    rejected: {},
    dropped: { 'other-day': 2 },
  });
  expect((await folder.run()).incomplete).toBe(true);
});

test('E4: a day without a log has nothing to do', async () => {
  const report = await folder.run();
  expect(report.stages.map(({ units }) => units)).toEqual([0, 0, 0]);
});

test('the length of a segment is a setting, and changes the day when it is changed', async () => {
  const minutes = async () =>
    (await folder.query('SELECT sum(minutes_watched) AS m FROM fastly_log_aggregated_metadata'))[0]?.['m'];
  await folder.put(`${LOGS}a.log`, line() + line({ initial_status: '206' }));
  await folder.run();
  expect(await minutes()).toBeCloseTo(7.5 / 60, 12);
  await folder.run({ segmentSeconds: 4, rangeSegmentSeconds: 1 });
  expect(await minutes()).toBeCloseTo(5 / 60, 12);
});

test('E27: the client’s address and user agent are nowhere in what is made', async () => {
  await folder.put(
    `${LOGS}a.log`,
    line({ user_agent: 'Secret/1' }) + line({ url: '' }) + '{"client_ip":"203.0.113.9"',
  );
  await folder.run();
  for (const below of ['fastly-data/', 'operations/']) {
    for (const name of await folder.files(below)) {
      const bytes = await readFile(folder.path(below + name));
      const text = name.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString('latin1');
      expect(text).not.toMatch(/203\.0\.113|Secret/u);
    }
  }
});

test('E25: a day of too many bad lines is not loaded', async () => {
  await folder.put(`${LOGS}a.log`, line().repeat(200) + 'bad\n'.repeat(3));
  await expect(folder.run()).rejects.toMatchObject({ code: 'REJECT_LIMIT_PASSED' });
  expect(await folder.files('fastly-data/daily/')).toEqual([]);
});
