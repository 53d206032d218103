import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import {
  Digits,
  generateTvMetadataDay,
  type Element,
  type WrittenElement,
} from '../../../examples/tv-metadata-day.ts';
import { stageOf } from '../support/feed-folder.ts';
import { documentOf, KEY, TvMetadataFolder } from './support/folder.ts';

let folder: TvMetadataFolder;
beforeEach(() => {
  folder = new TvMetadataFolder();
});
afterEach(() => folder.remove());

const ARRAYS = [
  'events',
  'channels',
  'contents',
  'credits',
  'genres',
  'pictures',
  'products',
  'series',
  'titles',
];
const [DAY, REGIONS] = ['2026-01-15', ['be', 'nl']] as const;
const LOOSE = { regions: REGIONS };

const TIMES = /_(start|end)$|_availability$/u;
const NUMBERS =
  /_seconds(_ref)?$|^(ordinal_number|episode_number|minimum_age|replay_min_age|production_date|season_number|number_of_episodes|ordinal)$/u;
const FLAGS = /^is/u;

/** What a member of an element must be in the table, computed without any code of the feed. */
const expectedCell = (column: string, value: unknown): unknown => {
  if (value === null || value === undefined) return null;
  if (TIMES.test(column)) {
    if (value === '') return null;
    const time =
      typeof value === 'number' ? (value > 1e11 ? value : value * 1000) : Date.parse(value as string);
    return new Date(time).toISOString();
  }
  if (FLAGS.test(column)) return value === true || value === 'true';
  if (column === 'list_price') return value === 'free' ? null : value;
  if (NUMBERS.test(column)) return JSON.stringify(value);
  if (value instanceof Digits) return value.text;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const expectedRow = (array: string, element: Element): Readonly<Record<string, unknown>> => {
  const column = (key: string): string =>
    key === 'is3D'
      ? array === 'events'
        ? 'is3d'
        : 'is3_d'
      : key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
  const cells = Object.entries(element).map(([key, value]) => [column(key), value] as const);
  return Object.fromEntries(
    cells
      .map(([name, value]): readonly [string, unknown] => [name, expectedCell(name, value)])
      .filter(([, value]) => value !== null),
  );
};

const plain = (value: unknown): unknown => {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'bigint' ? String(value) : value;
};

const generate = async (faults: number, titles = 60): Promise<readonly WrittenElement[]> => {
  const elements: WrittenElement[] = [];
  await generateTvMetadataDay({
    folder: join(folder.root, 'store', 'tv-metadata-source'),
    ...{ date: DAY, regions: REGIONS, titles, seed: 7, faults },
    onElement: (written) => void elements.push(written),
  });
  return elements;
};

/** Rows of a table in the warehouse, without what is empty. */
const rowsOf = async (array: string, region: string): Promise<readonly Record<string, unknown>[]> => {
  const price = array === 'products' ? ' REPLACE (list_price::VARCHAR AS list_price)' : '';
  const rows = await folder.query(
    `SELECT *${price} FROM tv_aug_${array}_metadata WHERE region = '${region}' ORDER BY ordinal`,
  );
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([name, value]) => value !== null && !['region', 'ingest_time', 'ordinal'].includes(name))
        .map(([name, value]) => [name, plain(value)]),
    ),
  );
};

describe('a generated day', () => {
  test.each([0, 0.009])('stands in the nine tables, cell for cell; share of faults %d', async (faults) => {
    const elements = await generate(faults, faults === 0 ? 40 : 400);
    const report = await folder.run(LOOSE, { date: DAY });
    const rows = elements.filter(({ fate }) => fate === 'row');
    expect(report.incomplete).toBe(false);
    expect(stageOf(report, 'split')).toMatchObject({
      units: 3,
      rowsIn: elements.length,
      rowsOut: rows.length,
      rowsRejected: elements.filter(({ fate }) => fate === 'rejected').length,
      rowsDropped: elements.filter(({ fate }) => fate === 'dropped').length,
    });
    expect(stageOf(report, 'load')).toMatchObject({ units: 18, rowsIn: rows.length, rowsOut: rows.length });
    for (const array of ARRAYS) {
      for (const region of REGIONS) {
        const meant = rows.filter((row) => row.array === array && row.region === region);
        const found = await rowsOf(array, region);
        expect(found).toEqual(meant.map(({ element }) => expectedRow(array, element)));
      }
    }
    const counts: Record<string, number> = {};
    for (const { fate, reason = '' } of elements)
      if (fate === 'rejected') counts[reason] = (counts[reason] ?? 0) + 1;
    expect(stageOf(report, 'split').rejected).toEqual(counts);
  });

  test('children without a parent are counted, and all children are accounted for (E21)', async () => {
    const elements = await generate(0);
    await folder.run(LOOSE, { date: DAY });
    const of = (array: string) =>
      elements.filter((one) => one.array === array && one.region === 'be').map(({ element }) => element);
    const titles = new Set(of('titles').map(({ titleId }) => titleId));
    const orphans = of('events').filter(({ titleId }) => !titles.has(titleId)).length;
    expect(orphans).toBeGreaterThan(0);
    const { references } = await folder.report('region=be', DAY);
    expect(references).toContainEqual({ reference: 'events.title_id -> titles', orphans });
    const [joined] = await folder.query(
      `SELECT count(*)::INT AS rows FROM tv_aug_events_metadata e SEMI JOIN tv_aug_titles_metadata t USING (region, title_id) WHERE region = 'be'`,
    );
    expect(Number(joined?.['rows']) + orphans).toBe(of('events').length);
  });

  test('a second run does nothing (E1)', async () => {
    await generate(0);
    await folder.run(LOOSE, { date: DAY });
    const second = await folder.run(LOOSE, { date: DAY });
    expect(second.stages.map(({ units }) => units)).toEqual([0, 0]);
  });
});

describe('documents that come late, twice or anew', () => {
  const titles = (...ids: readonly string[]) => documentOf({ titles: ids.map((titleId) => ({ titleId })) });
  const loaded = () =>
    folder.query('SELECT region, title_id FROM tv_aug_titles_metadata ORDER BY region, ordinal');

  test('a late region is worked alone, once, and others stay (E3)', async () => {
    await folder.deliver(KEY, titles('a'));
    await folder.run({ regions: ['be', 'nl'] });
    await folder.deliver('2021_3_1_nl', titles('b'));
    const second = await folder.run({ regions: ['be', 'nl'] });
    expect(second.stages.map(({ units }) => units)).toEqual([2, 9]);
    expect(await loaded()).toEqual([
      { region: 'be', title_id: 'a' },
      { region: 'nl', title_id: 'b' },
    ]);
  });

  test('a document that comes anew takes the place of the old one: a deleted title is gone (E2, E21)', async () => {
    await folder.deliver(KEY, titles('a', 'b', 'c'));
    await folder.run();
    await folder.deliver(KEY, titles('a', 'c'));
    await folder.run();
    expect(await loaded()).toEqual([
      { region: 'be', title_id: 'a' },
      { region: 'be', title_id: 'c' },
    ]);
  });

  test.each(['2024-02-29', '2021-12-31', '2021-03-28'])('days of the calendar: %s (E3)', async (date) => {
    const [year, month, day] = date.split('-').map(Number);
    await folder.deliver(`lgi/${year}_${month}_${day}_be`, titles('a'));
    await folder.run({ prefix: 'lgi/' }, { date });
    const [row] = await folder.query('SELECT ingest_time FROM tv_aug_titles_metadata');
    expect(row).toEqual({ ingest_time: new Date(`${date}T00:00:00Z`) });
  });

  test('2021_3_1 is not 2021_3_11', async () => {
    await folder.deliver('2021_3_11_be', titles('a'));
    const report = await folder.run();
    expect(stageOf(report, 'split').units).toBe(0);
  });

  test('a failed region stays alone: the others are loaded and the day is incomplete', async () => {
    await folder.deliver(KEY, titles('a').slice(0, -4));
    await folder.deliver('2021_3_1_nl', titles('b'));
    const report = await folder.run({ regions: ['be', 'nl'] });
    expect(report.incomplete).toBe(true);
    expect(stageOf(report, 'split').failures).toMatchObject([{ unit: KEY, reason: 'document-truncated' }]);
    expect(await loaded()).toEqual([{ region: 'nl', title_id: 'b' }]);
    await folder.deliver(KEY, titles('a'));
    expect((await folder.run({ regions: ['be', 'nl'] })).incomplete).toBe(false);
    expect(await loaded()).toHaveLength(2);
  });

  test('a day without a delivery is an empty day (E4)', async () => {
    const report = await folder.run();
    expect(report).toMatchObject({ incomplete: false });
    expect(report.stages.map(({ units }) => units)).toEqual([0, 0]);
  });
});
