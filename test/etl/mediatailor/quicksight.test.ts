import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { checkPermissions } from '../../../etl/mediatailor/permissions.ts';
import { stageOf } from '../support/feed-folder.ts';
import { envelope, logEvent, MediatailorFolder, message } from './support/day.ts';

let folder: MediatailorFolder;
beforeEach(() => {
  folder = new MediatailorFolder();
});
afterEach(() => folder.remove());

const RULES = 'UserName,origin_id\nana,linear-1\nben,"linear-1,linear-2"\nadmin,\n';

describe('the file for QuickSight', () => {
  const ad = (id: string) => ({ vastAdId: id, adSystem: 'A "B", C', adTitle: 'T', creativeId: null });

  test('holds the fields of events and their ads; half a day a file', async () => {
    const vast = message({ eventType: 'VAST_RESPONSE', vastResponse: { vastAds: [ad('1'), ad('2')] } });
    const redirect = message({ eventType: 'VAST_REDIRECT', vastAd: ad('3'), requestId: 'x'.repeat(250) });
    const late = { timestamp: Date.parse('2021-03-01T12:00:00Z'), message: redirect };
    await folder.deliver('2021/03/01/12/a', envelope([logEvent({ message: vast }), logEvent(late)]));
    await folder.run();
    const read = async (half: string) =>
      parse(await folder.text(`mediatailor-data/quicksight/data/mediaTailorData-03012021-${half}.csv`), {
        columns: true,
      }) as unknown as Record<string, string>[];
    expect(await read('00')).toMatchObject([
      {
        event_type: 'VAST_RESPONSE',
        vast_ad_ids: '[1,2]',
        ad_systems: '[A "B", C,A "B", C]',
        creative_ids: '',
      },
    ]);
    const [second] = await read('12');
    expect(second).toMatchObject({ event_type: 'VAST_REDIRECT', vast_ad_ids: '[3]' });
    expect(Object.keys(second ?? {})).toHaveLength(22);
  });

  test('cuts long texts to what SPICE keeps, between characters', async () => {
    const vast = message({ vastAd: { adTitle: `${'a'.repeat(2045)}😀😀` } });
    await folder.deliver('2021/03/01/10/a', envelope([logEvent({ message: vast })]));
    await folder.run();
    const text = await folder.text('mediatailor-data/quicksight/data/mediaTailorData-03012021-00.csv');
    expect(text).toContain(`[${'a'.repeat(2045)},`);
    expect(text).not.toContain('\ufffd');
  });

  test('comes with a manifest of strings', async () => {
    await folder.deliver('2021/03/01/10/a', envelope([logEvent()]));
    await folder.run();
    expect(JSON.parse(await folder.text('mediatailor-data/quicksight/manifest.json'))).toEqual({
      fileLocations: [{ URIPrefixes: ['s3://mediatailor-data/quicksight/data/'] }],
      globalUploadSettings: { format: 'CSV', delimiter: ',', textqualifier: '"', containsHeader: 'true' },
    });
  });
});

describe('row-level rules', () => {
  test('are published when they are right, and told when they restrict nothing', async () => {
    await folder.put('mediatailor-data/permission.csv', `\ufeff${RULES.replaceAll('\n', '\r\n')}`);
    const { notes } = stageOf(await folder.run(), 'load');
    expect(notes).toEqual(['permission.csv restricts nothing in line 4.']);
    expect(await folder.text('mediatailor-data/quicksight/permissions/permission.csv')).toBe(RULES);
    expect(
      JSON.parse(await folder.text('mediatailor-data/quicksight/permissions.manifest.json')),
    ).toMatchObject({
      fileLocations: [{ URIs: ['s3://mediatailor-data/quicksight/permissions/permission.csv'] }],
    });
  });

  test('that are wrong fail the run and leave those of before', async () => {
    await folder.put('mediatailor-data/permission.csv', RULES);
    await folder.run();
    await folder.put('mediatailor-data/permission.csv', `${RULES},linear-1\n`);
    const report = await folder.run();
    expect(stageOf(report, 'load').failures).toMatchObject([{ reason: 'permissions-invalid' }]);
    expect(await folder.text('mediatailor-data/quicksight/permissions/permission.csv')).toBe(RULES);
  });

  test.each([
    ['', 'it is empty'],
    ['UserName,origin_id\n', 'no rule'],
    ['Name,origin_id\na,b\n', 'its header names none of'],
    ['UserName\na\n', 'no field to restrict'],
    ['UserName,origin\na,b\n', 'origin is no field'],
    ['UserName,message1\na,b\n', 'message1 is no field'],
    ['UserName,request_time\na,b\n', 'request_time is a time'],
    ['UserName,origin_id,origin_id\na,b,c\n', 'origin_id is there twice'],
    ['UserName,origin_id\n,b\n', 'line 2 names nobody'],
    ['UserName,origin_id\na, b\n', 'line 2 has a blank'],
    ['UserName,origin_id\na,"b, c"\n', 'line 2 has a blank'],
    ['UserName,origin_id\na,"b,,c"\n', 'line 2 has an empty value'],
    ['UserName,origin_id\na,b,c\n', 'line 2'],
    ['UserName,origin_id\na,b\nc,d\na,b\n', 'line 4 repeats'],
    ['UserName,origin_id\na,"b\n', 'Quote'],
  ])('%j is refused', (text, why) => {
    expect(() => checkPermissions(Buffer.from(text))).toThrow(why);
  });

  test('that are no UTF-8 are refused', () => {
    expect(() => checkPermissions(Buffer.from([0x55, 0xff]))).toThrow('it is not UTF-8');
  });

  test('name groups and ARNs as well', () => {
    const text = 'UserARN,GroupName,origin_id,session_type\narn:x,,a,HLS\n,viewers,,\n';
    expect(checkPermissions(Buffer.from(text))).toMatchObject({ rules: 2, unrestricted: [3] });
  });

  test('have the columns of the data set, where there is one', () => {
    const rules = Buffer.from('UserName,origin_id\nana,a\n');
    expect(checkPermissions(rules, ['UserName', 'origin_id']).rules).toBe(1);
    expect(() => checkPermissions(rules, ['UserName', 'session_type'])).toThrow(
      'its header is not that of the parameter quicksightRules: UserName, session_type',
    );
  });
});
