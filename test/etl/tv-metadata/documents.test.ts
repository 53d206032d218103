import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { stageOf } from '../support/feed-folder.ts';
import { documentOf, KEY, TvMetadataFolder } from './support/folder.ts';

let folder: TvMetadataFolder;
beforeEach(() => {
  folder = new TvMetadataFolder();
});
afterEach(() => folder.remove());

const split = async (content: string | Buffer, params = {}) => {
  await folder.deliver(KEY, content);
  return stageOf(await folder.run(params), 'split');
};

describe('whole documents that cannot be used (E4, E5)', () => {
  const good = documentOf({ titles: [{ titleId: 't1' }] });
  test.each([
    ['empty', '', 'empty-file'],
    ['blank', ' \n ', 'not-tv-metadata'],
    ['no JSON', '<html>', 'not-tv-metadata'],
    ['an array', '[1,2]', 'not-tv-metadata'],
    ['of another kind', '{"a": [1]}', 'not-tv-metadata'],
    ['cut off', good.slice(0, -3), 'document-truncated'],
    ['cut off in a string', '{"titles": [{"titleId": "t', 'document-truncated'],
    ['gzip, cut off', gzipSync(good).subarray(0, -12), 'gzip-truncated'],
    ['a bomb', gzipSync(Buffer.alloc(64 << 20, ' ')), 'gzip-bomb'],
  ])('%s', async (_what, content, reason) => {
    expect(await split(content)).toMatchObject({ unitsFailed: 1, failures: [{ unit: KEY, reason }] });
  });

  test('gzip is unpacked, a byte-order mark passed over', async () => {
    expect(await split(gzipSync(`\ufeff${good}`))).toMatchObject({ unitsFailed: 0, rowsOut: 1 });
  });
});

describe('elements', () => {
  test('that are deep, too deep, repeated, deleted, nameless or no objects (E21)', async () => {
    const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    const titles = [
      `{"titleId": "deep", "keywords": ${nested(150)}}`,
      `{"titleId": "deeper", "keywords": ${nested(100_000)}}`,
      '{"titleId": "a", "name": "first"}',
      '{"titleId": "a", "name": "second"}',
      'null',
      '{"name": "nameless"}',
      '5',
      '{"titleId": "last"}',
    ];
    const report = await split(`{"titles": [${titles.join(', ')}]}`);
    expect(report).toMatchObject({
      rowsIn: 8,
      rowsOut: 3,
      rejected: { 'too-deep': 1, 'no-id': 1, 'not-an-object': 1 },
      dropped: { 'repeated-id': 1, 'null-element': 1 },
    });
    const rows = await folder.lines('titles');
    expect(rows.map(({ title_id, name, ordinal }) => [title_id, name, ordinal])).toEqual([
      ['deep', undefined, 1],
      ['a', 'first', 2],
      ['last', undefined, 7],
    ]);
    expect(rows[0]?.['keywords']).toBe(nested(150));
  });

  test('numbers beyond 2^53 keep their digits, also inside lists', async () => {
    await split(
      '{"events": [{"eventId": 12345678901234567890, "titleCount": 9007199254740993, "magId": 0.12345678901234567, "products": [{"n": 9007199254740995, "x": 1}]}]}',
    );
    expect(await folder.lines('events')).toMatchObject([
      {
        event_id: '12345678901234567890',
        title_count: '9007199254740993',
        mag_id: '0.12345678901234567',
        products: '[{"n":9007199254740995,"x":1}]',
      },
    ]);
    expect(await folder.query('SELECT title_count FROM tv_aug_events_metadata')).toEqual([
      { title_count: 9007199254740993n },
    ]);
  });

  test('an element beyond 4 MiB is rejected alone', async () => {
    const titles = [{ titleId: 'a' }, { titleId: 'b', name: 'x'.repeat(5 << 20) }, { titleId: 'c' }];
    expect(await split(documentOf({ titles }))).toMatchObject({
      rowsOut: 2,
      rejected: { 'element-too-large': 1 },
    });
  });

  test('text too long for its column is cut at the border of a character and counted', async () => {
    await split(
      documentOf({ titles: [{ titleId: 'a', longSynopsis: `x${'é'.repeat(40_000)}`, name: 'a\u0000b' }] }),
    );
    const [row] = await folder.lines('titles');
    expect(row).toMatchObject({ long_synopsis: `x${'é'.repeat(32_767)}`, name: 'ab' });
    expect(await folder.report()).toMatchObject({
      cutValues: { 'titles.long_synopsis': 1, 'titles.name': 1 },
    });
  });

  test('a new key and a value of another type are reported and cost nothing else (E9)', async () => {
    const events = [
      {
        eventId: 'e',
        durationInSeconds: 'an hour',
        isAdult: [],
        availabilityStart: '2021-02-30',
        brandNew: 1,
      },
    ];
    const report = await split(documentOf({ events }));
    expect(report.rowsOut).toBe(1);
    expect(await folder.report()).toMatchObject({
      unknownKeys: { 'events.brandNew': 1 },
      unusableValues: {
        'events.duration_in_seconds': 1,
        'events.is_adult': 1,
        'events.availability_start': 1,
      },
    });
    expect(Object.keys((await folder.lines('events'))[0] ?? {})).toEqual([
      'event_id',
      'ingest_time',
      'region',
      'ordinal',
    ]);
  });

  test('missing values are NULL, and -999 only on request', async () => {
    const document = documentOf({
      series: [{ seriesId: 's', seasonNumber: null }],
      titles: [{ titleId: 't' }],
    });
    await split(document);
    const sql = 'SELECT season_number, number_of_episodes FROM tv_aug_series_metadata';
    expect(await folder.query(sql)).toEqual([{ season_number: null, number_of_episodes: null }]);
    await split(document, { sentinels: true });
    expect(await folder.query(sql)).toEqual([{ season_number: -999n, number_of_episodes: -999n }]);
    const [title] = await folder.query(
      'SELECT episode_number, minimum_age, duration_in_seconds FROM tv_aug_titles_metadata',
    );
    expect(title).toEqual({ episode_number: -999n, minimum_age: -999n, duration_in_seconds: -999n });
  });

  test('invalid UTF-8 costs its element', async () => {
    const [before, after] = ['{"genres": [{"title": "a"}, {"title": "', '"}, {"title": "c"}]}'];
    const report = await split(Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]));
    expect(report).toMatchObject({ rowsOut: 2, rejected: { 'invalid-utf8': 1 } });
  });

  test('too many rejected elements stop the run before anything is loaded; mended, each row counts once (E25)', async () => {
    const titles = Array.from({ length: 200 }, (_, index) => ({ titleId: index < 10 ? null : `t${index}` }));
    await folder.deliver(KEY, documentOf({ titles }));
    await expect(folder.run()).rejects.toMatchObject({ code: 'REJECT_LIMIT_PASSED' });
    await folder.deliver(KEY, documentOf({ titles: titles.slice(10) }));
    await folder.run();
    expect(await folder.query('SELECT count(*)::INT AS rows FROM tv_aug_titles_metadata')).toEqual([
      { rows: 190 },
    ]);
    expect((await folder.run()).stages.map(({ units }) => units)).toEqual([0, 0]);
  });
});

describe('repair', () => {
  const damaged = `{"titles": [
    {"titleId": "a", "name": "whole"},
    {{"titleId": "b", "name":: "x", "isAdult": ttrue},
    {"titleId": "c", ""name": "y", "episodeNumber": 00, "genres": [["13.1"], "isTstv": falsse},
    {"tittleId": "d", "naame": "z"},
    {"titleId": "e"}
  ]}`;

  test('is not done unless asked for', async () => {
    expect(await split(damaged)).toMatchObject({ rowsOut: 2, rowsRejected: 3 });
  });

  test('is done on request, and counted', async () => {
    const report = await split(damaged, { repair: true });
    expect(report).toMatchObject({ rowsIn: 5, rowsOut: 5, rowsRejected: 0 });
    expect(await folder.lines('titles')).toMatchObject([
      { title_id: 'a' },
      { title_id: 'b', name: 'x', is_adult: true },
      { title_id: 'c', name: 'y', episode_number: 0, genres: '["13.1"]', is_tstv: false },
      { title_id: 'd', name: 'z' },
      { title_id: 'e' },
    ]);
    expect(await folder.report()).toMatchObject({ repairs: { elements: 2, keys: 2 } });
  });

  test('beyond the limit refuses the document', async () => {
    expect(await split(damaged, { repair: true, maxRepairs: 3 })).toMatchObject({
      failures: [{ reason: 'too-many-repairs' }],
    });
  });
});

describe('regions', () => {
  test('are found below any prefix and with leading zeros; a second document of one is left and told', async () => {
    for (const key of ['2021_03_01_be', 'lgi/2021_3_1_be', 'lgi/raw_2021_3_1_nl', 'lgi/2021_3_11_ie'])
      await folder.deliver(key, documentOf({}));
    await folder.run({ regions: ['be', 'nl', 'ie'] });
    expect(await folder.report('regions')).toMatchObject({
      ...{ present: ['be', 'nl'], missing: ['ie'], unexpected: ['lgi/2021_3_1_be'] },
    });
  });

  const document = documentOf({});
  test('that are missing or unknown are told', async () => {
    await folder.deliver('2021_3_1_xx', document);
    const report = await split(document, { regions: ['be', 'nl'] });
    expect(report.notes).toContain('No document of nl has come.');
    expect(report.notes.join(' ')).toContain('xx');
    expect(await folder.report('regions')).toMatchObject({
      present: ['be'],
      missing: ['nl'],
      unexpected: ['xx'],
    });
  });

  test('that are missing fail the day where that is wanted, until they come', async () => {
    const params = { regions: ['be', 'nl'], missingRegions: 'fail' };
    expect(await split(document, params)).toMatchObject({ failures: [{ reason: 'regions-missing' }] });
    await folder.deliver('2021_3_1_nl', document);
    expect(stageOf(await folder.run(params), 'split').unitsFailed).toBe(0);
  });
});
