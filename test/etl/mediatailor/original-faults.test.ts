import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { utimes } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { stageOf } from '../support/feed-folder.ts';
import { at, envelope, logEvent, MediatailorFolder, message, TABLE } from './support/day.ts';

/** The faults of the program that this feed replaces, by their number in etl/mediatailor/README.md. */

let folder: MediatailorFolder;
beforeEach(() => {
  folder = new MediatailorFolder();
});
afterEach(() => folder.remove());

const HERE = '2021/03/01/10';
const countOf = async (): Promise<unknown> =>
  (await folder.query(`SELECT count(*)::int AS rows FROM ${TABLE}`))[0]?.['rows'];

describe('faults of the original', () => {
  test('1: two objects of one second are two, and an older one that comes later counts', async () => {
    await folder.deliver(`${HERE}/a`, envelope([logEvent()]));
    await folder.deliver(`${HERE}/b`, envelope([logEvent()]));
    const second = new Date('2021-03-01T10:15:00Z');
    for (const name of ['a', 'b'])
      await utimes(folder.path(`mediatailor-logs/${HERE}/${name}`), second, second);
    await folder.run();
    expect(await countOf()).toBe(2);
    await folder.deliver('2021/03/01/09/0', envelope([logEvent({ timestamp: at('09:10:00') })]));
    await utimes(folder.path('mediatailor-logs/2021/03/01/09/0'), new Date(0), new Date(0));
    const report = await folder.run();
    expect(stageOf(report, 'flatten').units).toBe(1);
    expect(await countOf()).toBe(3);
  });

  test.each([
    ['the hour before the day', '2021/02/28/23'],
    ['the day after', '2021/03/02/17'],
    ['the first hour of the day after that', '2021/03/03/00'],
  ])('2: events of the day lie in folders of %s', async (_what, hour) => {
    await folder.deliver(
      `${hour}/a`,
      envelope([logEvent(), logEvent({ timestamp: at('12:00:00', '2021-02-20') })]),
    );
    const report = await folder.run();
    expect(stageOf(report, 'flatten')).toMatchObject({
      rowsOut: 1,
      dropped: { 'other-day': 1 },
      rejected: {},
    });
    expect(await countOf()).toBe(1);
  });

  test('2: what arrives later than any run looks for it is told by the day of its arrival', async () => {
    await folder.deliver(
      '2021/03/01/02/a',
      envelope([logEvent({ timestamp: at('23:00:00', '2021-02-26') })]),
    );
    expect(stageOf(await folder.run(), 'flatten').rejected).toEqual({ 'outside-window': 1 });
    const wider = await folder.run({ lateHours: 60 });
    expect(stageOf(wider, 'flatten')).toMatchObject({ rejected: {}, dropped: { 'other-day': 1 } });
    await folder.run({ lateHours: 60 }, { date: '2021-02-26' });
    expect(await countOf()).toBe(1);
  });

  test('3: text that looks like an envelope splits nothing, and the order of keys does not matter', async () => {
    const nested = message({ eventDescription: '}{"messageType":"DATA_MESSAGE","logEvents":[]}' });
    const reordered = JSON.stringify({
      logEvents: [logEvent({ message: nested })],
      logGroup: 'MediaTailor/AdDecisionServerInteractions',
      messageType: 'DATA_MESSAGE',
    });
    await folder.deliver(`${HERE}/a`, reordered + envelope([logEvent({ message: nested })]));
    expect(stageOf(await folder.run(), 'flatten')).toMatchObject({ rowsIn: 2, rowsOut: 2 });
    expect((await folder.rows()).map((row) => row['message1'])).toEqual([nested, nested]);
  });

  test.each([
    [at('10:00:01.007'), '2021-03-01T10:00:01.007Z'],
    [at('10:00:01.070'), '2021-03-01T10:00:01.070Z'],
    [at('10:00:01.700'), '2021-03-01T10:00:01.700Z'],
    [at('10:00:01'), '2021-03-01T10:00:01.000Z'],
  ])('4: milliseconds are padded: %d', async (timestamp, text) => {
    await folder.deliver(`${HERE}/a`, envelope([logEvent({ timestamp })]));
    await folder.run();
    expect((await folder.rows())[0]).toMatchObject({ request_time: text });
  });

  test.each([
    ['2021-03-01T10:00:00Z', '2021-03-01T10:00:00.000Z'],
    ['2021-03-01T10:00:00.7Z', '2021-03-01T10:00:00.700Z'],
    ['2021-03-01T10:00:00.07Z', '2021-03-01T10:00:00.070Z'],
    ['2021-03-01T10:00:00.0079Z', '2021-03-01T10:00:00.007Z'],
    ['2021-03-01T11:30:00.5+01:30', '2021-03-01T10:00:00.500Z'],
    ['2021-03-01 10:00:00', '2021-03-01T10:00:00.000Z'],
    ['2021-02-30T10:00:00Z', null],
    ['soon', null],
  ])('4: the event time %s', async (eventTimestamp, text) => {
    await folder.deliver(`${HERE}/a`, envelope([logEvent({ message: message({ eventTimestamp }) })]));
    await folder.run();
    expect((await folder.rows())[0]).toMatchObject({ event_timestamp: text });
  });

  test.each([65_534, 65_535, 65_536, 131_070, 262_130])(
    '5: no byte is lost where a message of %d bytes is cut, and no character is broken',
    async (bytes) => {
      for (const filler of ['x', 'é', '€', '😀']) {
        const whole = message({ raw: '' });
        const count = Math.floor((bytes - whole.length) / Buffer.byteLength(filler));
        const text = message({ raw: filler.repeat(count) });
        await folder.deliver(`${HERE}/a`, envelope([logEvent({ message: text })]));
        await folder.run();
        const [row] = await folder.rows();
        const slices = [1, 2, 3, 4].map((number) => row?.[`message${number}`] ?? '');
        expect(slices.join('')).toBe(text);
        expect(slices.join('')).not.toContain('\ufffd');
        expect(slices.every((slice) => Buffer.byteLength(slice) <= 65_535)).toBe(true);
      }
    },
  );

  test('5: of a message beyond four slices the event counts, and the whole of it is kept beside', async () => {
    const text = message({ raw: '€'.repeat(100_000) });
    await folder.deliver(`${HERE}/a`, envelope([logEvent({ id: 'long', message: text }), logEvent()]));
    const { outputs, notes } = stageOf(await folder.run(), 'flatten');
    const overflow = outputs.find((path) => path.startsWith('mediatailor-data/overflow/')) ?? '';
    expect(await folder.gzipLines(overflow)).toEqual([{ log_event_id: 'long', message: text }]);
    expect(notes.join()).toContain('overflow/');
    expect(await countOf()).toBe(2);
    expect(text.startsWith((await folder.rows()).map((row) => row['message4']).join(''))).toBe(false);
  });

  test('5: NUL is one replacement character, in the field alone', async () => {
    await folder.deliver(`${HERE}/a`, envelope([logEvent({ message: message({ sessionId: 'a\0b' }) })]));
    await folder.run();
    const [row] = await folder.rows();
    expect(row).toMatchObject({ session_id: 'a\ufffdb', message1: message({ sessionId: 'a\0b' }) });
    expect(await countOf()).toBe(1);
  });

  test.each([
    ['none', undefined, [null, null, null, null]],
    ['one', [{ name: 'X-Forwarded-For', value: '1.2.3.4' }], [null, null, 'X-Forwarded-For', '1.2.3.4']],
    [
      'in another order and case',
      [
        { name: 'A', value: 'b' },
        { name: 'x-forwarded-for', value: '1.2.3.4' },
        { name: 'USER-AGENT', value: `a "b" 'c'` },
      ],
      ['USER-AGENT', `a "b" 'c'`, 'x-forwarded-for', '1.2.3.4'],
    ],
    ['no list', { 'User-Agent': 'x' }, [null, null, null, null]],
  ])('6: headers are found by name and kept as they are: %s', async (_what, headers, expected) => {
    await folder.deliver(
      `${HERE}/a`,
      envelope([logEvent({ message: message({ beaconInfo: { headers } }) })]),
    );
    await folder.run();
    const [row] = await folder.rows();
    const columns = ['0_name', '0_value', '1_name', '1_value'];
    expect(columns.map((column) => row?.[`beacon_info_headers_${column}`])).toEqual(expected);
  });

  test('7: an object that comes again, under any name, counts once', async () => {
    const body = gzipSync(envelope([logEvent(), logEvent()]));
    await folder.deliver(`${HERE}/a`, body);
    await folder.run();
    await folder.deliver('2021/03/01/11/a-again', Buffer.concat([body, body]));
    const report = await folder.run();
    expect(stageOf(report, 'load')).toMatchObject({ rowsIn: 6, rowsOut: 2, dropped: { duplicate: 4 } });
    expect(await countOf()).toBe(2);
  });

  test('8: a run again publishes the same rows, whatever was published before', async () => {
    await folder.deliver(`${HERE}/a`, envelope([logEvent({ id: 'x' })]));
    await folder.run();
    await folder.deliver(`${HERE}/a`, envelope([logEvent({ id: 'y', timestamp: at('13:00:00') })]));
    await folder.run();
    expect((await folder.rows()).map((row) => row['log_event_id'])).toEqual(['y']);
    expect(await folder.files('mediatailor-data/quicksight/data/')).toEqual([
      'mediaTailorData-03012021-12.csv',
    ]);
    expect(await folder.query(`SELECT log_event_id FROM ${TABLE}`)).toEqual([{ log_event_id: 'y' }]);
  });
});
