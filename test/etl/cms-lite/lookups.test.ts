import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { cmsLite } from '../../../etl/cms-lite/feed.ts';
import { FeedFolder, stageOf } from '../support/feed-folder.ts';
import { tgz } from './support/archive.ts';
import { WAREHOUSES, type BesideFolder } from './support/warehouses.ts';

const DATE = '2026-01-15';
const BUCKET = 'cms-lite-archives';
const pages = {
  dbtable: 'metadata',
  columns: ['node_id', 'title', 'languages', 'audiences'],
  types: { node_id: 'varchar(8)', languages: 'varchar(64)' },
  nested_delim: '|',
  columns_lookup: ['languages', 'audiences'],
  dbtables_dictionaries: ['languages', 'audiences'],
  dbtables_metadata: ['page_languages', 'page_audiences'],
  drop_columns: ['languages'],
};
const params = (more: object = {}) => ({ doc: '\\.tgz', files: { pages: { ...pages, ...more } } });

const idOf = (value: string): string =>
  (BigInt(`0x${createHash('sha256').update(value).digest('hex').slice(0, 16)}`) >> 1n).toString();

describe.each(WAREHOUSES)('columns of several values, into %s', (_name, open) => {
  let folder: FeedFolder;
  let warehouse: BesideFolder;
  let minute = 0;
  beforeEach(() => {
    folder = new FeedFolder(cmsLite, { date: DATE });
    warehouse = open(folder);
  });
  afterEach(async () => {
    await warehouse.close();
    await folder.remove();
  });

  const deliver = async (name: string, content: string): Promise<void> => {
    const path = `${BUCKET}/client/cmslite_gdx/${name}`;
    await folder.put(path, await tgz([{ name: 'pages.csv', content }]));
    minute += 60;
    await utimes(folder.path(path), 1_700_000_000 + minute, 1_700_000_000 + minute);
  };
  const run = (more: object = params()) =>
    folder.run(more as Record<string, unknown>, { through: warehouse.through });
  const rows = async (sql: string): Promise<readonly string[]> =>
    (await warehouse.query(sql)).map((row) => Object.values(row).map(String).join(' '));
  const links = (column: string) =>
    rows(`SELECT m.node_id, d.value FROM cmslite.page_${column} AS m
      JOIN cmslite.${column} AS d ON d.id = m.lookup_id ORDER BY m.node_id, d.value`);
  const dictionary = (column: string) =>
    rows(`SELECT CAST(id AS varchar), value FROM cmslite.${column} ORDER BY value`);

  const HEADER = 'NODE_ID,TITLE,LANGUAGES,AUDIENCES\n';

  test('get a dictionary and a table of links, as they stand in one archive', async () => {
    await deliver(
      'a.tgz',
      `${HEADER}a,A,|English|Français|,public\nb,B,English|English,||\nc,C,,"x, ""y"""\n`,
    );
    expect(stageOf(await run(), 'load')).toMatchObject({ rowsIn: 3, rowsOut: 3 });
    expect(await links('languages')).toEqual(['a English', 'a Français', 'b English']);
    expect(await links('audiences')).toEqual(['a public', 'c x, "y"']);
    expect(await dictionary('languages')).toEqual([
      `${idOf('English')} English`,
      `${idOf('Français')} Français`,
    ]);
    expect(await rows('SELECT * FROM cmslite.metadata ORDER BY node_id')).toEqual([
      'a A public',
      'b B ||',
      'c C x, "y"',
    ]);
    expect(await folder.files(`${BUCKET}/processed/batch/client/cmslite_gdx/lookups/`)).toEqual([
      'audiences.csv',
      'languages.csv',
      'page_audiences.csv',
      'page_languages.csv',
    ]);
    expect((await run()).stages.map(({ units }) => units)).toEqual([0, 0]);
  });

  test('are replaced together with their table; a value keeps its id', async () => {
    await deliver('a.tgz', `${HEADER}a,A,English|Welsh,public\n`);
    await run();
    await deliver('b.tgz', `${HEADER}b,B,Zulu|English,\n`);
    await run();
    expect(await links('languages')).toEqual(['b English', 'b Zulu']);
    expect(await dictionary('languages')).toEqual([`${idOf('English')} English`, `${idOf('Zulu')} Zulu`]);
    expect([await links('audiences'), await dictionary('audiences')]).toEqual([[], []]);
  });

  test('are added to what is there; a value that is known is not repeated', async () => {
    const add = { ...params(), truncate: false };
    await deliver('a.tgz', `${HEADER}a,A,English|Welsh,public\n`);
    await run(add);
    await deliver('b.tgz', `${HEADER}b,B,Zulu|English,public\n`);
    await run(add);
    await deliver('copy.tgz', `${HEADER}b,B,Zulu|English,public\n`);
    await run(add);
    expect(await links('languages')).toEqual(['a English', 'a Welsh', 'b English', 'b Zulu']);
    expect(await dictionary('languages')).toHaveLength(3);
    expect(await dictionary('audiences')).toEqual([`${idOf('public')} public`]);
  });

  test('of a row without a key are rejected with it, as one that does not fit', async () => {
    await deliver('a.tgz', `${HEADER}a,A,English,\n,B,Welsh,\nc,C,${'long|'.repeat(20)},\n`);
    expect(stageOf(await run(), 'unpack').rejected).toEqual({ 'value-missing': 1, 'text-too-long': 1 });
    expect(await dictionary('languages')).toEqual([`${idOf('English')} English`]);
  });

  test('link by row_key, in tables named after both where they have no name of their own', async () => {
    await deliver('a.tgz', `${HEADER}1,A,English|Welsh,\n`);
    await run(
      params({ row_key: 'title', dbtables_metadata: undefined, columns_lookup: ['languages', 'audiences'] }),
    );
    expect(
      await rows('SELECT title, CAST(lookup_id AS varchar) FROM cmslite.metadata_languages ORDER BY 2'),
    ).toEqual([`A ${idOf('English')}`, `A ${idOf('Welsh')}`].toSorted());
  });

  test('that are words no longer make the archive bad', async () => {
    const wide = params({ types: { node_id: 'varchar(8)' } });
    const lines = Array.from(
      { length: 101 },
      (_, page) => `${page},A,,${Array.from({ length: 1000 }, (_each, at) => `${page}-${at}`).join('|')}\n`,
    ).join('');
    await deliver('b.tgz', HEADER + lines);
    expect(stageOf(await run(wide), 'unpack').failures).toMatchObject([{ reason: 'too-many-values' }]);
  });

  test('may be in a file without a row, where that is good', async () => {
    await deliver('a.tgz', `${HEADER}a,A,English,\n`);
    await run();
    await deliver('b.tgz', '');
    await run(params({ empty_files_ok: true }));
    expect(await rows('SELECT node_id FROM cmslite.metadata')).toEqual([]);
    expect([await links('languages'), await dictionary('languages')]).toEqual([[], []]);
  });
});
