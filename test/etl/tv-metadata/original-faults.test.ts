import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stageOf } from '../support/feed-folder.ts';
import { documentOf, KEY, TvMetadataFolder } from './support/folder.ts';

/** The faults of the programs that this feed replaces, by their number in etl/tv-metadata/README.md. */

let folder: TvMetadataFolder;
beforeEach(() => {
  folder = new TvMetadataFolder();
});
afterEach(() => folder.remove());

const names = ['Pet Sematary [HD}', '}{', '{"', '"}, {"titleId":"fake"}', 'a\nb', '\\', '[[{{::'];
const titles = names.map((name, index) => ({ titleId: `t${index}`, name }));

describe('faults of the original', () => {
  test.each([0, 1, 2, 4])(
    '1: brackets and quotes inside of text break nothing; indentation %d',
    async (indent) => {
      await folder.deliver(KEY, documentOf({ titles }, indent));
      const report = await folder.run();
      expect(stageOf(report, 'split')).toMatchObject({ rowsIn: 7, rowsOut: 7, rowsRejected: 0 });
      const rows = await folder.query('SELECT name FROM tv_aug_titles_metadata ORDER BY ordinal');
      expect(rows.map(({ name }) => name)).toEqual(names);
    },
  );

  test('2: damage is rejected and told with its place, not repaired in silence', async () => {
    const document = documentOf({ titles }).replace('"t3"', '"t3');
    await folder.deliver(KEY, document);
    expect(stageOf(await folder.run(), 'split')).toMatchObject({ rowsOut: 6, rejected: { damaged: 1 } });
    const [row] = await folder.rejected();
    const byte = document.lastIndexOf('{', document.indexOf('"t3'));
    expect(row).toMatchObject({ reason: 'damaged', fields: { byte: String(byte) } });
    expect((row?.['fields'] as Record<string, string>)['text']).toContain('"titleId": "t3');
  });

  test('3: credits, genres and pictures have a place in their array', async () => {
    await folder.deliver(KEY, documentOf({ credits: [{ role: 'actor' }, { role: 'actor' }] }));
    await folder.run();
    const rows = await folder.query(
      'SELECT role, ordinal::INT AS ordinal FROM tv_aug_credits_metadata ORDER BY ordinal',
    );
    expect(rows).toEqual([
      { role: 'actor', ordinal: 1 },
      { role: 'actor', ordinal: 2 },
    ]);
  });

  test('4: running again, or a document that comes again, doubles no row', async () => {
    for (const indent of [2, 4]) {
      await folder.deliver(KEY, documentOf({ titles }, indent));
      await folder.run();
      await folder.run();
    }
    expect(await folder.query('SELECT count(*)::INT AS rows FROM tv_aug_titles_metadata')).toEqual([
      { rows: 7 },
    ]);
  });

  test('5: a missing region and unknown arrays are told', async () => {
    await folder.deliver(
      KEY,
      `{"brandNew": [{"a": 1}, 2], "version": {"titles": [1]}, "titles": [{"titleId": "t"}]}`,
    );
    const { notes, dropped, rowsOut } = stageOf(await folder.run({ regions: ['be', 'uk'] }), 'split');
    expect(notes.join(' ')).toMatch(/brandNew, version/);
    expect(notes.join(' ')).toMatch(/No document of uk has come/);
    expect(dropped).toEqual({ 'unknown-array': 2 });
    expect(rowsOut).toBe(1);
  });

  test('6: a long text is cut to what its column holds and counted', async () => {
    await folder.deliver(KEY, documentOf({ titles: [{ titleId: 't', keywords: ['x'.repeat(70_000)] }] }));
    const report = await folder.run();
    expect(stageOf(report, 'split').notes.join(' ')).toContain('were cut: titles.keywords 1');
    const [row] = await folder.query('SELECT strlen(keywords)::INT AS bytes FROM tv_aug_titles_metadata');
    expect(row).toEqual({ bytes: 65_535 });
  });
});
