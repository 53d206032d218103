import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { stageOf } from '../support/feed-folder.ts';
import { DATE, FreewheelFolder } from './support/day.ts';
import { csv, gzipped, slot, WORKED_EXAMPLE } from './support/log.ts';

let folder: FreewheelFolder;
beforeEach(() => {
  folder = new FreewheelFolder();
});
afterEach(() => folder.remove());

const MIDROLL = `class=midroll/date=${DATE}`;
const example = gzipped(csv(WORKED_EXAMPLE));

describe('the worked example', () => {
  beforeEach(async () => {
    await folder.deliver('V4-2022072509-hash-0001.csv.gz', example);
    await folder.put('freewheel-ids/series/names.json', '{"S1":"Night Trains","S3":"unused"}');
  });

  test('gives the sums of the class', async () => {
    await folder.run();
    const { asOf, sellThrough, ...summary } = await folder.document(`filtered/${MIDROLL}/summary.json`);
    expect(Date.parse(asOf as string)).not.toBeNaN();
    expect(sellThrough).toBeCloseTo(1 - 180 / 420, 12);
    expect(summary).toEqual({
      date: DATE,
      class: 'midroll',
      files: 1,
      slots: 3,
      adOpportunitiesSeconds: 420,
      missedOpportunitiesSeconds: 180,
      monetizedSeconds: 240,
      unsoldSeconds: 180,
      rowsRejected: 0,
    });
  });

  test('gives the capacity of each series', async () => {
    await folder.run();
    const { asOf, ...document } = await folder.document(`by-item/${MIDROLL}/series.json`);
    expect(Date.parse(asOf as string)).not.toBeNaN();
    expect(document).toEqual({
      date: DATE,
      class: 'midroll',
      dimension: 'series',
      averageCreativeSeconds: 30,
      items: [
        {
          id: 'S1',
          breaks: 2,
          maxAds: 10,
          adsSelected: 8,
          timeUnfilledSeconds: 60,
          adDurationSeconds: 240,
          maxDurationSeconds: 300,
          capacityImpressions: 10,
          unsoldImpressions: 2,
          soldImpressions: 8,
        },
        {
          id: 'S2',
          breaks: 1,
          maxAds: 4,
          adsSelected: 0,
          timeUnfilledSeconds: 120,
          adDurationSeconds: 0,
          maxDurationSeconds: 120,
          capacityImpressions: 4,
          unsoldImpressions: 4,
          soldImpressions: 0,
        },
      ],
    });
  });

  test('E10: names what it can, and loads it', async () => {
    const report = await folder.run();
    const document = await folder.document(`load/${MIDROLL}/series.json`);
    expect(document).toMatchObject({ dimension: 'series', averageCreativeSeconds: 30, unnamed: 1 });
    expect(document['items']).toMatchObject([
      { id: 'S1', name: 'Night Trains', breaks: 2, soldImpressions: 8 },
      { id: 'S2', name: null, breaks: 1, soldImpressions: 0 },
    ]);
    expect(await folder.query('SELECT * FROM freewheel_capacity ORDER BY dimension, id')).toHaveLength(4);
    const [row] = await folder.query(`SELECT * FROM freewheel_capacity WHERE id = 'S1'`);
    expect(row).toMatchObject({
      class: 'midroll',
      dimension: 'series',
      name: 'Night Trains',
      max_duration_seconds: 300n,
      average_creative_seconds: 30,
      capacity_impressions: 10,
      unsold_impressions: 2,
      sold_impressions: 8,
    });
    expect(stageOf(report, 'load').notes).toContain(
      'There are no names of sites yet: its items stay unnamed.',
    );
  });

  test.each([
    ['cut off', '{"S1": "Night'],
    ['a list', '["S1"]'],
    ['of numbers', '{"S1": 5}'],
    ['null', 'null'],
  ])('names that are %s fail the load, which says what to mend', async (_what, names) => {
    const path = 'freewheel-ids/series/names.json';
    await folder.put(path, names);
    const [failure] = stageOf(await folder.run(), 'load').failures;
    expect(failure).toMatchObject({
      reason: 'names-invalid',
      detail: expect.stringContaining('ids/series/names.json') as unknown,
    });
    await folder.put(path, '\ufeff{"S1":"Night Trains","S2":null}');
    expect(await folder.run()).toMatchObject({ incomplete: false });
    expect((await folder.document(`load/${MIDROLL}/series.json`))['items']).toMatchObject([
      { id: 'S1', name: 'Night Trains' },
      { id: 'S2', name: null },
    ]);
  });

  test('keeps the slots of the class as gzip JSON lines, in order and without visitors', async () => {
    await folder.run();
    const lines = await folder.gzipLines(`freewheel-logs/filtered/${MIDROLL}/slots.jsonl.gz`);
    expect(lines.map(({ transactionId }) => transactionId)).toEqual(['T1', 'T1', 'T2']);
    expect(lines[0]).toEqual({
      transactionId: 'T1',
      maxAds: 6,
      maxDurationSeconds: 180,
      timeUnfilledSeconds: 60,
      adsSelected: 4,
      adDurationSeconds: 120,
      siteId: '11',
      siteSectionId: '22',
      seriesId: 'S1',
      platformDeviceId: '5',
      videoAssetId: '44',
    });
  });

  test('leaves exactly the documented outputs', async () => {
    await folder.run();
    const classes = ['midroll', 'overlay', 'preroll'].map((name) => `class=${name}/date=${DATE}`);
    const items = ['platform-devices', 'series', 'site-sections', 'sites'];
    expect(await folder.files('freewheel-logs/')).toEqual(
      [
        ...classes.flatMap((path) => items.map((item) => `by-item/${path}/${item}.json`)),
        ...classes.flatMap((path) => [`filtered/${path}/slots.jsonl.gz`, `filtered/${path}/summary.json`]),
        ...classes.flatMap((path) => items.slice(1).map((item) => `load/${path}/${item}.json`)),
        `raw/date=${DATE}/V4-2022072509-hash-0001.csv.gz`,
        `slots/date=${DATE}/V4-2022072509-hash-0001.csv.parquet`,
      ].sort(),
    );
  });

  test('E8: a class without slots has zeros and nulls, never a division by zero', async () => {
    await folder.run();
    const path = `class=overlay/date=${DATE}`;
    expect(await folder.document(`filtered/${path}/summary.json`)).toMatchObject({
      slots: 0,
      sellThrough: null,
    });
    const items = await folder.document(`by-item/${path}/sites.json`);
    expect(items).toMatchObject({ averageCreativeSeconds: null, items: [] });
  });
});

describe('running again', () => {
  test('does nothing and changes no byte when nothing is new', async () => {
    await folder.deliver('a-hash-1.csv.gz', example);
    const first = await folder.run();
    const before = await folder.outputs();
    const asOf = await readFile(folder.path(`freewheel-logs/filtered/${MIDROLL}/summary.json`));
    const second = await folder.run({}, { now: () => new Date(Date.now() + 60_000) });
    expect(second.stages.map(({ stage }) => stage)).toEqual(first.stages.map(({ stage }) => stage));
    expect(second.stages.map(({ units }) => units)).toEqual(second.stages.map(() => 0));
    expect(await folder.outputs()).toEqual(before);
    expect(await readFile(folder.path(`freewheel-logs/filtered/${MIDROLL}/summary.json`))).toEqual(asOf);
  });

  test('works only the late file, and then equals a run that had it from the start', async () => {
    const late = gzipped(csv([slot({ SeriesId: 'S9', TimePositionClass: 'overlay' }), slot()]));
    await folder.deliver('a-hash-1.csv.gz', example);
    await folder.run();
    await folder.deliver('a-hash-0.csv.gz', late);
    const second = await folder.run();
    expect(second.stages.map(({ stage, units }) => [stage, units])).toEqual([
      ['extract', 1],
      ['slots', 1],
      ['ids', 0],
      ['filter', 4],
      ['by-item', 3],
      ['load', 1],
    ]);
    const fresh = new FreewheelFolder();
    await fresh.deliver('a-hash-1.csv.gz', example);
    await fresh.deliver('a-hash-0.csv.gz', late);
    await fresh.run();
    expect(await folder.outputs()).toEqual(await fresh.outputs());
    const count = 'SELECT count(*) AS rows FROM freewheel_capacity';
    expect(await folder.query(count)).toEqual(await fresh.query(count));
    await fresh.remove();
  });

  test('with raw files kept in another format counts nothing twice', async () => {
    const summary = `filtered/${MIDROLL}/summary.json`;
    await folder.deliver('a-hash-1.csv.gz', example);
    for (const rawFormat of ['gzip', 'csv', 'gzip']) {
      await folder.run({ rawFormat });
      expect(await folder.document(summary)).toMatchObject({
        files: 1,
        slots: 3,
        adOpportunitiesSeconds: 420,
      });
    }
  });

  test('E10: a new name is on the items after the next run, and nothing else is worked', async () => {
    await folder.deliver('a-hash-1.csv.gz', example);
    await folder.run();
    await folder.put('freewheel-ids/sites/names.json', '{"11":"Main site"}');
    const second = await folder.run();
    expect(second.stages.filter(({ units }) => units > 0).map(({ stage }) => stage)).toEqual(['load']);
    const document = await folder.document(`load/${MIDROLL}/sites.json`);
    expect(document).toMatchObject({ unnamed: 0, items: [{ id: '11', name: 'Main site' }] });
  });

  test('a class that is no longer asked for leaves the table', async () => {
    await folder.deliver('a.csv.gz', gzipped(csv([slot(), slot({ TimePositionClass: 'overlay' })])));
    await folder.run();
    await folder.run({ classes: ['overlay'] });
    const classes = await folder.query('SELECT DISTINCT class FROM freewheel_capacity');
    expect(classes).toEqual([{ class: 'overlay' }]);
  });
});

describe('a day without a file', () => {
  test('ends well and invents nothing', async () => {
    await folder.deliver('a.csv.gz', example, '2022-07-26');
    const report = await folder.run();
    expect(report.incomplete).toBe(false);
    expect(report.stages.filter(({ stage }) => stage !== 'ids').map(({ units }) => units)).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect(await folder.files('freewheel-logs/')).toEqual([]);
  });
});

describe('a damaged file', () => {
  const hours = ['0', '1', '2', '3', '4', '5', '6'];
  const names = hours.map((hour) => `hour-${hour}-hash-1.csv.gz`);
  const logs = hours.map((hour) => gzipped(csv(WORKED_EXAMPLE.map((row) => ({ ...row, SiteId: hour })))));
  const whole = logs[3]!;
  const truncated = whole.subarray(0, whole.length - 20);

  test('one of seven: the others count, the day is incomplete, and a good copy mends it', async () => {
    for (const [hour, name] of names.entries()) await folder.deliver(name, logs[hour]!);
    await folder.deliver(names[3]!, truncated);
    const report = await folder.run();
    expect(report.incomplete).toBe(true);
    expect(stageOf(report, 'slots')).toMatchObject({
      units: 7,
      unitsFailed: 1,
      rowsOut: 18,
      failures: [{ unit: names[3], reason: 'gzip-truncated' }],
    });
    const summary = await folder.document(`filtered/${MIDROLL}/summary.json`);
    expect(summary).toMatchObject({ files: 6, slots: 18, incomplete: true });
    for (const document of ['by-item', 'load']) {
      expect(await folder.document(`${document}/${MIDROLL}/series.json`)).toMatchObject({ incomplete: true });
    }
    const quarantine = `quarantine/freewheel/slots/date=${DATE}/${names[3]!}`;
    const kept = await readFile(folder.path(`operations/${quarantine}`));
    expect(kept.equals(truncated)).toBe(true);

    const again = await folder.run();
    expect(again.incomplete).toBe(true);
    expect(again.stages.map(({ units }) => units)).toEqual([0, 0, 0, 0, 0, 0]);

    await folder.deliver(names[3]!, whole);
    const mended = await folder.run();
    expect(mended.incomplete).toBe(false);
    const mendedSummary = await folder.document(`filtered/${MIDROLL}/summary.json`);
    expect(mendedSummary).toMatchObject({ files: 7, slots: 21 });
    expect(mendedSummary).not.toHaveProperty('incomplete');
    expect(await folder.files(`operations/${quarantine}`)).toEqual([]);
  });

  test('the only file of the day: figures say that nothing could be used', async () => {
    await folder.deliver('a.csv.gz', example);
    await folder.run();
    await folder.deliver('a.csv.gz', Buffer.from('not gzip at all'));
    await folder.run();
    const summary = await folder.document(`filtered/${MIDROLL}/summary.json`);
    expect(summary).toMatchObject({ files: 0, slots: 0, incomplete: true });
    expect(await folder.document(`load/${MIDROLL}/series.json`)).toMatchObject({
      items: [],
      incomplete: true,
    });
  });
});
