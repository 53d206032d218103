import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { stageOf } from '../support/feed-folder.ts';
import { DATE, FreewheelFolder } from './support/day.ts';
import { COLUMNS, csv, gzipped, slot } from './support/log.ts';
import type { StageReport } from '../../../etl/runtime/run.ts';

let folder: FreewheelFolder;
beforeEach(() => {
  folder = new FreewheelFolder();
});
afterEach(() => folder.remove());

const RAW = `freewheel-logs/raw/date=${DATE}/`;

/** Runs the stage on one raw file. */
const slotsOf = async (content: string | Buffer, name = 'log.csv.gz'): Promise<StageReport> => {
  const isText = typeof content === 'string';
  await folder.put(RAW + name, isText && name.endsWith('.gz') ? gzipped(content) : content);
  return stageOf(await folder.run({}, { stage: 'slots' }), 'slots');
};

/** The slots of a class as they are published. */
const published = async (breakClass = 'midroll'): Promise<readonly Record<string, unknown>[]> => {
  await folder.run({ classes: [breakClass] }, { stage: 'filter' });
  return folder.gzipLines(`freewheel-logs/filtered/class=${breakClass}/date=${DATE}/slots.jsonl.gz`);
};

const rejectedRows = (): Promise<readonly Record<string, unknown>[]> =>
  folder.gzipLines(`operations/quarantine/freewheel/slots/date=${DATE}/log.csv.gz.rejected.jsonl.gz`);

describe('which rows are slots', () => {
  test('those whose event is slotImpression, whole and exactly', async () => {
    const events = [
      'slotImpression',
      'videoslotImpression',
      'slotImpression2',
      'slotimpression',
      'slotEnd',
      '',
    ];
    const rows = [...events.map((EventName) => slot({ EventName })), slot({ EventName: '"slotImpression"' })];
    const mention = slot({ EventName: 'complete', CustomVisitorId: 'slotImpression' });
    expect(await slotsOf(csv([...rows, mention]))).toMatchObject({
      rowsIn: 8,
      rowsOut: 2,
      rowsDropped: 6,
      dropped: { 'other-event': 6 },
    });
  });

  test('E7: all slots of a transaction count', async () => {
    expect(await slotsOf(csv([slot(), slot(), slot({ MaxAds: 1 })]))).toMatchObject({ rowsOut: 3 });
  });

  test('classes compare trimmed and without case, and whole', async () => {
    const classes = ['midroll', 'Midroll', ' MIDROLL ', '" midRoll"', 'pause_midroll', 'midroll2', ''];
    await slotsOf(csv(classes.map((TimePositionClass) => slot({ TimePositionClass }))));
    expect(await published()).toHaveLength(4);
    const report = await folder.run({ classes: ['preroll'] }, { stage: 'filter' });
    expect(stageOf(report, 'filter').dropped).toEqual({
      'class midroll': 4,
      'class pause_midroll': 1,
      'class midroll2': 1,
      'class (none)': 1,
    });
  });
});

describe('E6: values', () => {
  test.each([
    ['180', 180],
    ['180.0', 180],
    ['180.000', 180],
    ['"180"', 180],
    ['007', 7],
    ['0', 0],
    [' 180 ', 180],
    ['999999999999999', 999_999_999_999_999],
  ])('the number %s is %d', async (text, value) => {
    expect(await slotsOf(csv([slot({ MaxDuration: text })]))).toMatchObject({ rowsOut: 1 });
    expect(await published()).toMatchObject([{ maxDurationSeconds: value }]);
  });

  test.each([
    ['', 'empty-number'],
    ['""', 'empty-number'],
    ['-1', 'not-a-whole-number'],
    ['1.5', 'not-a-whole-number'],
    ['1.', 'not-a-whole-number'],
    ['.0', 'not-a-whole-number'],
    ['+1', 'not-a-whole-number'],
    ['1e2', 'not-a-whole-number'],
    ['nan', 'not-a-whole-number'],
    ['12a', 'not-a-whole-number'],
    ['"1,000"', 'not-a-whole-number'],
    ['1000000000000000', 'number-too-large'],
  ])('the number %j rejects its row: %s', async (text, reason) => {
    const columns = ['MaxAds', 'MaxDuration', 'TimeUnfilled', 'AdsSelected', 'AdDuration'] as const;
    const report = await slotsOf(csv([...columns.map((column) => slot({ [column]: text })), slot()]));
    expect(report).toMatchObject({ rowsIn: 6, rowsOut: 1, rejected: { [reason]: 5 } });
    for (const [index, row] of (await rejectedRows()).entries()) {
      expect(row).toMatchObject({ source: 'log.csv.gz', row: index + 1, reason });
      expect(row['detail']).toContain(columns[index]);
      expect(row['fields']).not.toHaveProperty('CustomVisitorId');
    }
  });

  test.each([
    ['123', '123'],
    ['123.0', '123'],
    ['"123.00"', '123'],
    [' 123 ', '123'],
    ['0123', '0123'],
    ['12.5', '12.5'],
    ['', 'unknown'],
    ['  ', 'unknown'],
    ['nan', 'unknown'],
    ['NaN', 'unknown'],
    ['"a ""b"", c"', 'a "b", c'],
    ['"a\nb"', 'a\nb'],
    ['"a\r\n\tb\n"', 'a\r\n\tb'],
    ['série-é', 'série-é'],
  ])('the id %j is %j', async (text, id) => {
    expect(await slotsOf(csv([slot({ SeriesId: text })]))).toMatchObject({ rowsOut: 1 });
    expect(await published()).toMatchObject([{ seriesId: id }]);
  });

  test('a transaction without an id, or with one that is no text, is rejected', async () => {
    const bad = ['', '  ', '""', 'a\0b', 'x'.repeat(257)];
    const text = csv([...bad.map((TransactionId) => slot({ TransactionId })), slot({ TransactionId: '#' })]);
    const invalid = Buffer.from(text, 'utf8');
    invalid[invalid.indexOf('#')] = 0xff;
    expect(await slotsOf(gzipped(invalid))).toMatchObject({
      rowsOut: 0,
      rejected: { 'empty-transaction-id': 3, 'control-character': 1, 'field-too-long': 1, 'invalid-utf8': 1 },
    });
  });

  test('invalid UTF-8 in a column that nobody needs does no harm', async () => {
    const bytes = Buffer.from(csv([slot({ CustomVisitorId: '#' })]));
    bytes[bytes.lastIndexOf('#')] = 0xff;
    expect(await slotsOf(gzipped(bytes))).toMatchObject({ rowsOut: 1 });
  });

  test('rejected rows are counted in the summary of their class', async () => {
    const rows = [slot(), slot({ MaxAds: 'x' }), slot({ MaxAds: '', TimePositionClass: ' Overlay' })];
    await slotsOf(csv([...rows, slot({ EventName: 'slotEnd', MaxAds: '' })]));
    await folder.run({}, { stage: 'filter' });
    for (const [name, rowsRejected] of Object.entries({ midroll: 1, overlay: 1, preroll: 0 })) {
      expect(await folder.document(`filtered/class=${name}/date=${DATE}/summary.json`)).toMatchObject({
        rowsRejected,
      });
    }
  });

  test('says when the log is a sample', async () => {
    expect(
      (await slotsOf(csv([slot({ LogSampleAmplifier: '1.0' }), slot({ LogSampleAmplifier: '' })]))).notes,
    ).toEqual([]);
    const sampled = await slotsOf(csv([slot(), slot({ LogSampleAmplifier: 10 })]));
    expect(sampled.notes).toEqual([expect.stringContaining('LogSampleAmplifier')]);
  });
});

describe('E6: rows that are not CSV', () => {
  test('short, long and badly quoted rows are rejected with their number, whatever their event', async () => {
    const [head = '', good = ''] = csv([slot()]).split('\n');
    const lines = [
      head,
      good,
      'a,slotImpression',
      '',
      good,
      `${good},1`,
      'x',
      good.replace('33', '"33'),
      good,
    ];
    const report = await slotsOf(`${lines.join('\n')}\n`);
    expect(report).toMatchObject({
      rowsIn: 7,
      rowsOut: 3,
      rejected: { 'short-row': 2, 'long-row': 1, 'bad-quote': 1 },
      rowsDropped: 0,
    });
    expect((await rejectedRows()).map(({ row, reason }) => [row, reason])).toEqual([
      [2, 'short-row'],
      [4, 'long-row'],
      [5, 'short-row'],
      [6, 'bad-quote'],
    ]);
  });

  test('thousands of rejected rows all reach quarantine', async () => {
    const rows = Array.from({ length: 5000 }, () => slot({ MaxAds: 'many' }));
    await folder.put(`${RAW}log.csv.gz`, gzipped(csv(rows)));
    await expect(folder.run({}, { stage: 'slots' })).rejects.toMatchObject({ code: 'REJECT_LIMIT_PASSED' });
    const rejected = await rejectedRows();
    expect(rejected.map(({ row }) => row)).toEqual(rows.map((_, index) => index + 1));
  });
});

describe('E9: headers', () => {
  const needed = ['EventName', 'TransactionId', 'TimePositionClass', 'MaxAds', 'MaxDuration', 'TimeUnfilled'];
  const alsoNeeded = ['AdsSelected', 'AdDuration', 'SiteId', 'SiteSectionId', 'SeriesId', 'PlatformDeviceId'];

  test.each([
    ['in another order', csv([slot()], [...COLUMNS].reverse())],
    ['with unknown columns', csv([slot()], ['New', ...COLUMNS, 'Other'])],
    ['with only what is needed', csv([slot()], [...needed, ...alsoNeeded])],
    ['with CRLF', csv([slot()], COLUMNS, '\r\n')],
    ['with a byte-order mark', `\ufeff${csv([slot()])}`],
    ['without a last line feed', csv([slot()]).trimEnd()],
    ['quoted', csv([slot()]).replace(COLUMNS.join(','), COLUMNS.map((name) => `"${name}"`).join(','))],
  ])('%s', async (_title, text) => {
    expect(await slotsOf(text)).toMatchObject({ rowsIn: 1, rowsOut: 1, unitsFailed: 0 });
    expect(await published()).toMatchObject([{ transactionId: '1658739576003835365-o2fab', seriesId: '33' }]);
  });

  test.each([...needed, ...alsoNeeded])(
    'a file without %s is quarantined whole, with the name',
    async (name) => {
      const report = await slotsOf(
        csv(
          [slot()],
          COLUMNS.filter((column) => column !== name),
        ),
      );
      expect(report).toMatchObject({ units: 1, unitsFailed: 1, rowsIn: 0, outputs: [] });
      expect(report.failures).toEqual([
        { unit: 'log.csv.gz', reason: 'missing-column', detail: expect.stringContaining(name) },
      ]);
    },
  );

  test('a needed column that stands twice is ambiguous, another is not', async () => {
    const twice = await slotsOf(csv([slot()], [...COLUMNS, 'MaxAds']));
    expect(twice.failures).toMatchObject([{ reason: 'duplicate-column' }]);
    expect(await slotsOf(csv([slot()], [...COLUMNS, 'EventTime']))).toMatchObject({ rowsOut: 1 });
  });

  test('a header alone is a file without rows', async () => {
    expect(await slotsOf(csv([]))).toMatchObject({ units: 1, unitsFailed: 0, rowsIn: 0, rowsOut: 0 });
  });
});

describe('files that can not be read', () => {
  const whole = gzipped(csv(Array.from({ length: 200 }, (_, index) => slot({ MaxAds: index }))));
  const damaged = Buffer.from(whole);
  damaged.fill(0xaa, 120, 160);
  const wrongSum = Buffer.from(whole);
  wrongSum[whole.length - 8]! ^= 1;
  const bomb = gzipSync(Buffer.alloc(64 << 20), { level: 9 });

  test.each<[string, Buffer | string, string]>([
    ['truncated', whole.subarray(0, whole.length - 30), 'gzip-truncated'],
    ['without its trailer', whole.subarray(0, whole.length - 8), 'gzip-truncated'],
    ['damaged within', damaged, 'gzip-damaged'],
    ['with a wrong checksum', wrongSum, 'gzip-damaged'],
    ['followed by rubbish', Buffer.concat([whole, Buffer.from('rubbish')]), 'gzip-damaged'],
    ['not gzip', Buffer.from(csv([slot()])), 'not-gzip'],
    ['deflate without gzip', deflateRawSync(csv([slot()])), 'not-gzip'],
    ['of no byte', Buffer.alloc(0), 'empty-file'],
    ['gzip of nothing', gzipped(''), 'empty-file'],
    ['blank', '\n\n', 'empty-file'],
    ['a bomb', bomb, 'gzip-bomb'],
  ])('%s', async (_title, content, reason) => {
    const report = await slotsOf(content);
    expect(report).toMatchObject({ units: 1, unitsFailed: 1, rowsOut: 0, outputs: [] });
    expect(report.failures).toMatchObject([{ unit: 'log.csv.gz', reason }]);
    const quarantined = await folder.files(`operations/quarantine/freewheel/slots/date=${DATE}/`);
    expect(quarantined).toEqual(['log.csv.gz', 'log.csv.gz.reason.json']);
    expect(await folder.files('freewheel-logs/slots/')).toEqual([]);
  });

  test('gzip of several members, also stored, is one file', async () => {
    const [head = '', row = ''] = csv([slot()]).split('\n');
    const stored = gzipSync(`${row}\n`, { level: constants.Z_NO_COMPRESSION });
    expect(await slotsOf(Buffer.concat([gzipped(`${head}\n`), stored, stored]))).toMatchObject({
      rowsOut: 2,
    });
  });

  test('a raw file that is not compressed is read as it is', async () => {
    expect(await slotsOf(csv([slot()]), 'log.csv')).toMatchObject({ rowsOut: 1 });
  });

  test('names that differ only in their ending do not collide', async () => {
    const [first, second, third] = ['T1', 'T2', 'T3'].map((TransactionId) => csv([slot({ TransactionId })]));
    await folder.put(`${RAW}a.csv`, first!);
    await folder.put(`${RAW}a.gz`, gzipped(second!));
    await slotsOf(third!, 'a.csv.gz');
    expect(await folder.files(`freewheel-logs/slots/date=${DATE}/`)).toHaveLength(3);
    expect(await published()).toHaveLength(3);
  });
});
