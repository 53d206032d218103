import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cmsLite } from '../../../etl/cms-lite/feed.ts';
import { FeedFolder, stageOf } from '../support/feed-folder.ts';
import { filesOf, PARAMS, tgz, type Entry } from './support/archive.ts';

/** The faults of the program that this feed replaces, by the numbers of etl/cms-lite/README.md. */

const DATE = '2026-01-15';
const BUCKET = 'gdx-microservices';
const SEEN = '01/02/2026 10:30';

let folder: FeedFolder;
beforeEach(() => {
  const params = { ...PARAMS, bucket: BUCKET, source: 'incoming', destination: 'done', directory: 'cms' };
  folder = new FeedFolder(cmsLite, { date: DATE, params });
});
afterEach(() => folder.remove());

const deliver = async (name: string, entries: readonly Entry[], minute = 0): Promise<void> => {
  const key = `${BUCKET}/incoming/cms/${name}`;
  await folder.put(key, await tgz(entries));
  await utimes(folder.path(key), 1_700_000_000 + 60 * minute, 1_700_000_000 + 60 * minute);
};
const people = () => folder.query('SELECT id, name FROM cmslite.people ORDER BY id');

test('fault 1: the delimiter of the configuration is the one that is used', async () => {
  await deliver('a.tgz', [
    { name: 'people.csv', content: `ID|NAME|SEEN\n1|Ann, Bob|${SEEN}\n` },
    { name: 'places.csv', content: 'ID|NAME\n1|Here\n' },
  ]);
  await folder.run({ delim: '|' });
  expect(await people()).toEqual([{ id: '1', name: 'Ann, Bob' }]);
});

test('fault 2: when one table can not be loaded, none is', async () => {
  const files = {
    ...PARAMS.files,
    places: { ...PARAMS.files.places, truncate_columns: true, types: { name: 'varchar(2)' } },
  };
  await deliver('a.tgz', filesOf(`1,Ann,${SEEN}\n`));
  await folder.run({ files });
  await folder.put('probe', '');
  await deliver('b.tgz', filesOf(`2,Bob,${SEEN}\n`), 1);
  const only = await folder.run({ files }, { stage: 'unpack' });
  expect(only.incomplete).toBe(false);
  await folder.put(`${BUCKET}/done/batch/incoming/cms/b.tgz/places.csv`, 'id|name\n99999999999999999999|x\n');
  const report = await folder.run({ files });
  expect(stageOf(report, 'load').failures).toMatchObject([{ unit: 'b.tgz', reason: 'load-invalid' }]);
  expect(await people()).toEqual([{ id: '1', name: 'Ann' }]);
  expect(await folder.files(`${BUCKET}/done/bad/`)).toEqual(['incoming/cms/b.tgz']);
  expect(await folder.files(`${BUCKET}/done/good/`)).toEqual(['incoming/cms/a.tgz']);
});

test('fault 3 and 4: older archives never come after newer ones, whatever their names', async () => {
  await deliver('z.tgz', filesOf(`1,Old,${SEEN}\n`), 0);
  await deliver('a.tgz', filesOf(`2,New,${SEEN}\n`), 1);
  await folder.run();
  await folder.run({}, { date: '2026-01-16' });
  expect(await people()).toEqual([{ id: '2', name: 'New' }]);
  await folder.run({ truncate: false }, { date: '2026-01-17' });
  expect(await people()).toEqual([{ id: '2', name: 'New' }]);
});

test('fault 5: names that end in letters of .tgz stay whole', async () => {
  await deliver('cms-migt.tgz', filesOf(`1,Ann,${SEEN}\n`));
  await folder.run();
  expect(await folder.files(`${BUCKET}/done/batch/`)).toEqual([
    'incoming/cms/cms-migt.tgz/people.csv',
    'incoming/cms/cms-migt.tgz/places.csv',
    'incoming/cms/people.csv',
    'incoming/cms/places.csv',
  ]);
});

test('fault 6: delimiters, quotes, line ends, backslashes and dashes come through; empty is NULL', async () => {
  const nasty = ['a|b', 'say "hi"', 'two\nlines', 'IDIR\\X', '\\', '-', '\\N', 'NULL', 'nan', "it's", '\t'];
  const rows = nasty.map((name, index) => `${10 + index},"${name.replaceAll('"', '""')}",${SEEN}\n`).join('');
  await deliver('a.tgz', filesOf(`${rows}98,,\n99,"",\n`));
  await folder.run();
  expect(await people()).toEqual([
    ...nasty.map((name, index) => ({ id: String(10 + index), name })),
    { id: '98', name: null },
    { id: '99', name: null },
  ]);
});

test('fault 7: bucket, source and destination are those of the configuration, for good and bad alike', async () => {
  await deliver('a.tgz', filesOf(`1,Ann,${SEEN}\n`), 0);
  await folder.run();
  await deliver('b.tgz', filesOf('').slice(0, 1), 1);
  await folder.run();
  expect(await folder.files(`${BUCKET}/done/good/`)).toEqual(['incoming/cms/a.tgz']);
  expect(await folder.files(`${BUCKET}/done/bad/`)).toEqual(['incoming/cms/b.tgz']);
  expect(await folder.files('cms-lite-archives/')).toEqual([]);
});

test('fault 8: the table itself is kept: what others were granted or built on it stays', async () => {
  await deliver('a.tgz', filesOf(`1,Ann,${SEEN}\n`), 0);
  await folder.run();
  await folder.query('CREATE VIEW seen AS SELECT count(*)::INT AS people FROM cmslite.people');
  await deliver('b.tgz', filesOf(`2,Bob,${SEEN}\n3,Cid,${SEEN}\n`), 1);
  await folder.run();
  expect(await folder.query('SELECT people FROM seen')).toEqual([{ people: 2 }]);
});

test('fault 9: nothing is left behind by an archive that fails', async () => {
  await deliver('a.tgz', [...filesOf(`1,Ann,${SEEN}\n`), { name: '../evil.csv', content: 'x' }]);
  expect((await folder.run()).incomplete).toBe(true);
  expect(await readdir(join(folder.root, 'scratch'))).toEqual([]);
  expect(await folder.files(`${BUCKET}/done/batch/`)).toEqual([]);
});

describe('options of the services beside it', () => {
  const load = async (
    params: Readonly<Record<string, unknown>>,
    content: string | Buffer,
    columns = 'id, name',
  ) => {
    await deliver('a.tgz', [{ name: 'people.csv', content }]);
    const { types } = PARAMS.files.people;
    await folder.run({ files: { people: { dbtable: 'people', columns: ['id', 'name'], types } }, ...params });
    return (await folder.query(`SELECT ${columns} FROM cmslite.people ORDER BY id`)).map((row) =>
      Object.values(row),
    );
  };

  test.each<[string, Readonly<Record<string, unknown>>, string | Buffer, readonly unknown[][]]>([
    ['column_string_limit', { column_string_limit: { name: 2 } }, 'ID,NAME\n1,😀ab\n', [['1', '😀a']]],
    ['no_header', { no_header: true }, '1,Ann\n', [['1', 'Ann']]],
    [
      'encoding',
      { encoding: 'utf-16' },
      Buffer.from('\ufeffID,NAME\r\n1,Zoë\r\n', 'utf16le'),
      [['1', 'Zoë']],
    ],
    ['strip_quotes', { strip_quotes: true }, '"ID","NAME"\n1,A"n"n\n', [['1', 'Ann']]],
    [
      'truncate_columns',
      { truncate_columns: true },
      `ID,NAME\n1,${'é'.repeat(30)}\n`,
      [['1', 'é'.repeat(10)]],
    ],
    [
      'replace',
      { replace: [{ field: 'name', old: '$&', new: '$1' }] },
      'ID,NAME\n1,$&x$&\n',
      [['1', '$1x$1']],
    ],
    ['more columns than names', {}, 'ID,NAME,MORE\n1,Ann,x\n', [['1', 'Ann']]],
  ])('%s', async (_name, params, content, expected) => {
    expect(await load(params, content)).toEqual(expected);
  });

  test('dtype_dic, add_columns, drop_columns and derive shape the table', async () => {
    const files = {
      people: {
        dbtable: 'people',
        columns: ['id', 'name', 'age', 'weight', 'ok', 'junk'],
        dtype_dic_strings: ['name'],
        dtype_dic_ints: ['age'],
        dtype_dic_floats: ['weight'],
        dtype_dic_bools: ['ok'],
        drop_columns: ['junk'],
        add_columns: { origin: 'cms', note: null },
        derive: [{ column: 'family', from: 'name', split: ' ', part: 2 }],
      },
    };
    const content = 'ID,NAME,AGE,WEIGHT,OK,JUNK\n1,Ann Lee,12.0,1e2,T,x\n2,Bob,,,,\n';
    const columns = 'id, family, age::INT, weight, ok, origin, note';
    expect(await load({ files }, content, columns)).toEqual([
      ['1', 'Lee', 12, 100, true, 'cms', null],
      ['2', null, null, null, null, 'cms', null],
    ]);
    await expect(folder.query('SELECT junk FROM cmslite.people')).rejects.toThrow();
  });

  test('keys in a folder named archive are ignored', async () => {
    await deliver('archive/a.tgz', filesOf(`1,Ann,${SEEN}\n`));
    expect((await folder.run()).stages.map(({ units }) => units)).toEqual([0, 0]);
  });

  test.each([
    ['an unknown option', { nested_delims: ';' }],
    [
      'a format that can not be read',
      { files: { a: { dbtable: 'a', columns: ['t'], dateformat: [{ field: 't', format: '%Q' }] } } },
    ],
    [
      'two files for one table',
      { files: { a: { dbtable: 't', columns: ['x'] }, b: { dbtable: 't', columns: ['x'] } } },
    ],
    [
      'a count that is not that of the names',
      { files: { a: { dbtable: 't', columns: ['x'], column_count: 2 } } },
    ],
    ['a prefix that leads up', { source: '../x' }],
    ['a pattern that is none', { doc: '(' }],
  ])('%s is refused', (_what, params) => {
    expect(cmsLite.params.safeParse(params).success).toBe(false);
  });
});
