import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile, utimes } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { cmsLite } from '../../../etl/cms-lite/feed.ts';
import type { FeedDeclaration } from '../../../etl/feed.ts';
import { FeedFolder, stageOf } from '../support/feed-folder.ts';
import { filesOf, PARAMS, tar, tgz, type Entry } from './support/archive.ts';

const DATE = '2026-01-15';
const BUCKET = 'cms-lite-archives';
const IN = `${BUCKET}/client/cmslite_gdx/`;
const SEEN = '01/02/2026 10:30';
const person = (id: string, name = 'Ann'): string => `${id},${name},${SEEN}\n`;

let folder: FeedFolder;
let minute = 0;
beforeEach(() => {
  folder = new FeedFolder(cmsLite, { date: DATE, params: PARAMS });
});
afterEach(() => folder.remove());

/** Delivers an archive, a minute after the one before. */
const deliver = async (name: string, content: Buffer | readonly Entry[]): Promise<void> => {
  const path = IN + name;
  await folder.put(path, Buffer.isBuffer(content) ? content : await tgz(content));
  minute += 60;
  await utimes(folder.path(path), 1_700_000_000 + minute, 1_700_000_000 + minute);
};
const ids = async (table = 'people'): Promise<unknown> =>
  (await folder.query(`SELECT id::varchar AS id FROM cmslite.${table} ORDER BY id`)).map(({ id }) => id);
const names = (where: string) => folder.files(`${BUCKET}/processed/${where}/client/cmslite_gdx/`);
const outcome = async (name: string): Promise<unknown> =>
  (await folder.json(`${BUCKET}/processed/records/client/cmslite_gdx/${name}.json`))['outcome'];
const rejectedRows = (name: string) =>
  folder.gzipLines(`operations/quarantine/cms-lite/unpack/date=${DATE}/${name}.rejected.jsonl.gz`);

const HUGE = `1,${'x'.repeat(100_000)},${SEEN}\n`.repeat(700);

describe('E20: an archive', () => {
  test.each<[string, string, () => Promise<Buffer>]>([
    ['without one of its files', 'missing-member', () => tgz(filesOf(person('1')).slice(0, 1))],
    ['with another file', 'unknown-member', () => tgz([...filesOf(person('1')), { name: 'more.csv' }])],
    ['with a file twice', 'duplicate-member', () => tgz([...filesOf(person('1')), { name: 'people.txt' }])],
    ['with a name that leads up', 'unsafe-member', () => tgz([{ name: '../people.csv' }])],
    ['with an absolute name', 'unsafe-member', () => tgz([{ name: '/people.csv' }])],
    ['with a name of Windows', 'unsafe-member', () => tgz([{ name: 'C:\\people.csv' }])],
    [
      'with a symbolic link',
      'unsafe-member',
      () => tgz([...filesOf(person('1')), { name: 'link', type: 'symlink', linkname: '/etc/passwd' }]),
    ],
    ['with a hard link', 'unsafe-member', () => tgz([{ name: 'places.csv', type: 'link', linkname: 'x' }])],
    ['with a device', 'unsafe-member', () => tgz([{ name: 'people.csv', type: 'character-device' }])],
    ['that is a bomb', 'gzip-bomb', () => tgz(filesOf(HUGE))],
    ['that is no tar', 'tar-damaged', () => Promise.resolve(gzipSync(randomBytes(2000)))],
    [
      'that is cut off within gzip',
      'gzip-truncated',
      async () => (await tgz(filesOf(person('1')))).subarray(0, 80),
    ],
    [
      'that is cut off within a file',
      'tar-damaged',
      async () => gzipSync((await tar(filesOf(person('1').repeat(100)))).subarray(0, 1500)),
    ],
    ['of nothing', 'missing-member', () => tgz([])],
    ['without a byte', 'empty-file', () => Promise.resolve(Buffer.alloc(0))],
  ])('%s is bad as a whole: %s', async (_what, reason, make) => {
    await deliver('a.tgz', filesOf(person('1')));
    await folder.run();
    const content = await make();
    await deliver('b.tgz', content);
    const report = await folder.run();
    expect(report.incomplete).toBe(true);
    expect(stageOf(report, 'unpack').failures).toMatchObject([{ unit: 'b.tgz', reason }]);
    expect(await ids()).toEqual(['1']);
    expect(await ids('places')).toEqual(['1']);
    expect(await names('good')).toEqual(['a.tgz']);
    expect(await names('bad')).toEqual(['b.tgz']);
    expect(await names('batch')).toEqual([
      'a.tgz/people.csv',
      'a.tgz/places.csv',
      'people.csv',
      'places.csv',
    ]);
    expect(await readFile(folder.path(`${BUCKET}/processed/bad/client/cmslite_gdx/b.tgz`))).toEqual(content);
    expect(await readFile(folder.path(`${IN}b.tgz`))).toEqual(content);
    const again = await folder.run();
    expect([again.incomplete, stageOf(again, 'unpack').units]).toEqual([true, 0]);
  });

  test('may have its files in any order, in folders, and what macOS adds', async () => {
    const [people, places] = filesOf(person('1')) as [Entry, Entry];
    await deliver('a.tgz', [
      { name: './', type: 'directory' },
      { ...places, name: './out/places.csv' },
      { name: './out/._people.csv', content: 'Mac OS X' },
      { name: '.DS_Store', content: 'x' },
      { ...people, name: './out/people.2026.csv' },
    ]);
    expect((await folder.run()).incomplete).toBe(false);
    expect(await ids()).toEqual(['1']);
  });

  test('that is mended under the same name moves from bad to good', async () => {
    await deliver('a.tgz', filesOf(person('1')).slice(0, 1));
    expect((await folder.run()).incomplete).toBe(true);
    await deliver('a.tgz', filesOf(person('2')));
    expect((await folder.run()).incomplete).toBe(false);
    expect([await names('good'), await names('bad')]).toEqual([['a.tgz'], []]);
    await deliver('a.tgz', filesOf(person('3')).slice(1));
    expect((await folder.run()).incomplete).toBe(true);
    expect([await names('good'), await names('bad'), await ids()]).toEqual([[], ['a.tgz'], ['2']]);
  });
});

describe('E4: the empty-file matrix', () => {
  const empty: Readonly<Record<string, Entry>> = {
    'header only': { name: 'places.csv', content: 'ID,NAME\n' },
    'zero bytes': { name: 'places.csv', content: '' },
    'blank lines': { name: 'places.csv', content: '\n\r\n' },
    'no usable row': { name: 'places.csv', content: 'ID,NAME\nx,Here\n' },
    'too few columns': { name: 'places.csv', content: 'ID\n1\n' },
  };
  test.each([
    ['header only', {}, 'no-rows'],
    ['header only', { allowEmpty: true }, undefined],
    ['header only', { empty_files_ok: true }, undefined],
    ['zero bytes', {}, 'empty-file'],
    ['zero bytes', { allowEmpty: true }, 'empty-file'],
    ['zero bytes', { empty_files_ok: true }, undefined],
    ['blank lines', { empty_files_ok: true }, 'no-header'],
    ['no usable row', {}, 'no-rows'],
    ['too few columns', { empty_files_ok: true }, 'too-few-columns'],
  ])('%s with %j: %s', async (what, params, reason) => {
    await deliver('a.tgz', filesOf(person('1')));
    await folder.run(params);
    await deliver('b.tgz', [...filesOf(person('2')).slice(0, 1), empty[what] as Entry]);
    const report = await folder.run(params);
    expect(stageOf(report, 'unpack').failures.map((failure) => failure.reason)).toEqual(
      reason === undefined ? [] : [reason],
    );
    expect(await ids('places')).toEqual(reason === undefined ? [] : ['1']);
    expect(await ids()).toEqual([reason === undefined ? '2' : '1']);
  });

  test('nothing at all is nothing to do', async () => {
    await folder.put(`${IN}other.txt`, 'x');
    expect((await folder.run()).stages.map(({ units }) => units)).toEqual([0, 0]);
  });
});

describe('where tables are replaced', () => {
  test('only the newest archive is loaded, and older ones never afterwards', async () => {
    await deliver('z.tgz', filesOf(person('1')));
    await deliver('a.tgz', filesOf(person('2')));
    expect(stageOf(await folder.run(), 'load').units).toBe(1);
    expect([await ids(), await outcome('z.tgz'), await outcome('a.tgz')]).toEqual([
      ['2'],
      'superseded',
      'good',
    ]);
    for (const date of [DATE, '2026-01-16'])
      expect((await folder.run({}, { date })).stages.map(({ units }) => units)).toEqual([0, 0]);
    await deliver('b.tgz', filesOf(person('3')));
    await utimes(folder.path(`${IN}b.tgz`), 1_600_000_000, 1_600_000_000);
    await folder.run({}, { date: '2026-01-16' });
    expect([await ids(), await outcome('b.tgz')]).toEqual([['2'], 'superseded']);
  });

  test('a newer archive ends the failure of a bad one', async () => {
    await deliver('a.tgz', filesOf(person('1')).slice(1));
    await folder.run();
    await deliver('b.tgz', filesOf(person('2')));
    expect((await folder.run()).incomplete).toBe(false);
    expect([await ids(), await names('bad')]).toEqual([['2'], ['a.tgz']]);
  });

  test('E2: a new version under the same name is loaded, equal content is no matter', async () => {
    await deliver('a.tgz', filesOf(person('1')));
    await folder.run();
    await deliver('a.tgz', filesOf(person('2')));
    await folder.run();
    await deliver('copy.tgz', filesOf(person('2')));
    await folder.run();
    expect(await ids()).toEqual(['2']);
  });
});

describe('where archives are added', () => {
  const add = { truncate: false };
  test('each is added once, in the order of arrival, however late, and a copy never', async () => {
    await deliver('b.tgz', filesOf(person('1')));
    await deliver('a.tgz', filesOf(person('2')));
    expect(stageOf(await folder.run(add), 'load')).toMatchObject({ units: 2, rowsOut: 4 });
    await deliver('copy.tgz', filesOf(person('1')));
    await deliver('late.tgz', filesOf(person('0')));
    await utimes(folder.path(`${IN}late.tgz`), 1_600_000_000, 1_600_000_000);
    expect(stageOf(await folder.run(add, { date: '2026-01-16' }), 'load')).toMatchObject({
      rowsIn: 4,
      rowsOut: 2,
      dropped: { 'repeated-archive': 2 },
    });
    expect(await ids()).toEqual(['0', '1', '2']);
    await folder.run({ ...add, drop_columns: ['seen'] });
    expect(await ids()).toEqual(['0', '1', '2']);
  });

  test('file_limit leaves the rest to the next run', async () => {
    for (const id of ['1', '2', '3']) await deliver(`${id}.tgz`, filesOf(person(id)));
    await folder.run({ ...add, file_limit: 2 });
    expect(await ids()).toEqual(['1', '2']);
    await folder.run({ ...add, file_limit: 2 });
    expect(await ids()).toEqual(['1', '2', '3']);
  });
});

test('E6: rows that can not be used are told with file, number and reason, and never with their values', async () => {
  const people = [
    '1,"a ""b"", \r\nc",01/02/2026 10:30',
    '2,ok',
    '3,"bad"x,01/02/2026 10:30',
    '4,nul\0,01/02/2026 10:30',
    `5,${'long'.repeat(9)},01/02/2026 10:30`,
    '6,Bob,2026-02-01 10:30',
    '6,secret,31/02/2026 10:30',
    'ID,NAME,SEEN',
    '7,"open,01/02/2026 10:30',
    '8,last,29/02/2024 00:00',
  ].join('\r\n');
  await deliver('a.tgz', [
    {
      name: 'people.csv',
      content: Buffer.concat([
        Buffer.from('\ufeffID,NAME,SEEN\r\n'),
        Buffer.from(people),
        Buffer.from('\n9,\xff,01/02/2026 10:30', 'latin1'),
      ]),
    },
    ...filesOf('').slice(1),
  ]);
  expect(stageOf(await folder.run(), 'unpack')).toMatchObject({
    rowsIn: 12,
    rowsOut: 3,
    dropped: { 'repeated-header': 1 },
    rejected: {
      'wrong-column-count': 1,
      'bad-quote': 2,
      'nul-character': 1,
      'text-too-long': 1,
      'not-a-timestamp': 2,
      'not-text': 1,
    },
  });
  expect(
    await folder.query(`SELECT id, name, seen::varchar AS seen FROM cmslite.people ORDER BY id`),
  ).toEqual([
    { id: '1', name: 'a "b", \r\nc', seen: '2026-02-01 10:30:00' },
    { id: '8', name: 'last', seen: '2024-02-29 00:00:00' },
  ]);
  const rows = await rejectedRows('a.tgz');
  expect(rows).toHaveLength(8);
  expect(rows[0]).toMatchObject({
    source: 'a.tgz',
    member: 'people.csv',
    row: 2,
    reason: 'wrong-column-count',
  });
  expect(JSON.stringify(rows)).not.toMatch(/secret|Bob|longlong/u);
});

test('E9: columns are found by their names when the header has them all', async () => {
  await deliver('a.tgz', [
    { name: 'people.csv', content: `seen,extra,Name,id\n${SEEN},x,Ann,1\n` },
    ...filesOf('').slice(1),
  ]);
  await folder.run();
  expect(await folder.query('SELECT id, name FROM cmslite.people')).toEqual([{ id: '1', name: 'Ann' }]);
});

test('batch files of the archive that was loaded last lie where the program before put them', async () => {
  const latest = folder.path(`${BUCKET}/processed/batch/client/cmslite_gdx/people.csv`);
  await deliver('a.tgz', filesOf(person('1')));
  await folder.run();
  expect(await readFile(latest, 'utf8')).toMatch(/\n1\|/u);
  await deliver('b.tgz', filesOf(person('2')));
  await folder.run();
  expect(await readFile(latest, 'utf8')).toMatch(/\n2\|/u);
});

test('E25: an archive of too many bad rows is not loaded; mended, each row is there once', async () => {
  const good = Array.from({ length: 200 }, (_, index) => person(String(index))).join('');
  await deliver('a.tgz', filesOf(`${good}${'x,y\n'.repeat(3)}`));
  await expect(folder.run()).rejects.toMatchObject({ code: 'REJECT_LIMIT_PASSED' });
  await expect(folder.run()).rejects.toMatchObject({ code: 'REJECT_LIMIT_PASSED' });
  expect(await names('good')).toEqual([]);
  await deliver('a.tgz', filesOf(good));
  await folder.run();
  expect(await ids()).toHaveLength(200);
  expect((await folder.run()).stages.map(({ units }) => units)).toEqual([0, 0]);
});

describe('E26: a row that is lost', () => {
  test('between the stages fails the run, and no table has changed', async () => {
    await deliver('a.tgz', filesOf(person('1') + person('2')));
    await folder.run({}, { stage: 'unpack' });
    const batch = folder.path(`${BUCKET}/processed/batch/client/cmslite_gdx/a.tgz/people.csv`);
    await folder.put(
      batch.slice(folder.path('').length),
      (await readFile(batch, 'utf8')).replace(/\n.*\n$/u, '\n'),
    );
    const report = await folder.run();
    expect(stageOf(report, 'load').failures).toMatchObject([{ reason: 'reconciliation-broken' }]);
    expect([await ids(), await ids('places')]).toEqual([[], []]);
    expect([await names('good'), await names('bad')]).toEqual([[], []]);
  });

  test('within a stage fails the run', async () => {
    const { default: unpack } = await import('../../../etl/cms-lite/unpack.ts');
    const losing: FeedDeclaration = {
      ...(cmsLite as FeedDeclaration),
      stages: {
        ...cmsLite.stages,
        unpack: {
          ...cmsLite.stages['unpack']!,
          run: () =>
            Promise.resolve({
              default: {
                units: (context) => unpack.units(context),
                open: async (context) => {
                  const work = await unpack.open(context);
                  return {
                    work: async (unit, ports) => {
                      const result = await work.work(unit, ports);
                      return { ...result, rowsOut: result.rowsOut - 1 };
                    },
                    close: () => work.close(),
                  };
                },
              },
            }),
        },
      },
    };
    const place = new FeedFolder(losing, { date: DATE, params: PARAMS });
    try {
      await place.put(`${IN}a.tgz`, await tgz(filesOf(person('1'))));
      const report = await place.run();
      expect(stageOf(report, 'unpack').failures).toMatchObject([{ reason: 'reconciliation-broken' }]);
    } finally {
      await place.remove();
    }
  });
});
