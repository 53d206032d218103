import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freewheel } from '../../../etl/freewheel/feed.ts';
import { synthesize } from '../../../stacks/synthesize.ts';
import { items, startApiServer } from './support/api-server.ts';
import { anEnvironment } from '../../support/environment.ts';
import { stageOf } from '../support/feed-folder.ts';
import { DATE, FreewheelFolder, NETWORK } from './support/day.ts';
import { csv, gzipped, slot, WORKED_EXAMPLE } from './support/log.ts';

/** The faults of the programs that this feed replaces, by their number in etl/freewheel/README.md. */

let folder: FreewheelFolder;
beforeEach(() => {
  folder = new FreewheelFolder();
});
afterEach(() => folder.remove());

const summaryOf = (name: string, date = DATE) =>
  folder.document(`filtered/class=${name}/date=${date}/summary.json`);
const itemsOf = (name: string, dimension = 'series') =>
  folder.document(`by-item/class=${name}/date=${DATE}/${dimension}.json`);

const ENVIRONMENT = anEnvironment({
  feeds: { freewheel: freewheel.params.parse({ networkId: NETWORK }) },
});

/** Actions that roles are given, wherever a policy document stands in the JSON. */
const allowedIn = (node: unknown): string[] => {
  if (typeof node === 'string') return node.startsWith('{"') ? allowedIn(JSON.parse(node)) : [];
  if (typeof node !== 'object' || node === null) return [];
  const { Effect, Action } = node as { Effect?: unknown; Action?: unknown };
  const own = Effect === 'Allow' ? ([Action].flat() as string[]) : [];
  return [...own, ...Object.values(node).flatMap(allowedIn)];
};

describe('faults of the original', () => {
  test('1: breaks of one request all count, within a file and across files', async () => {
    await folder.deliver('a.csv.gz', gzipped(csv(WORKED_EXAMPLE)));
    await folder.deliver('b.csv.gz', gzipped(csv([slot({ TransactionId: 'T1', SeriesId: 'S1' })])));
    await folder.run();
    expect(await summaryOf('midroll')).toMatchObject({ slots: 4, adOpportunitiesSeconds: 540 });
    expect(await itemsOf('midroll')).toMatchObject({
      items: [
        { id: 'S1', breaks: 3 },
        { id: 'S2', breaks: 1 },
      ],
    });
  });

  test('2: monetized is opportunities less missed', async () => {
    await folder.deliver('a.csv.gz', gzipped(csv(WORKED_EXAMPLE)));
    await folder.run();
    expect(await summaryOf('midroll')).toMatchObject({ monetizedSeconds: 240, unsoldSeconds: 180 });
  });

  test.each(['2022-07-31', '2022-12-31', '2024-02-29'])(
    '3: the last day of a month is a day: %s',
    async (date) => {
      await folder.deliver('a.csv.gz', gzipped(csv([slot()])), date);
      await folder.run({}, { date });
      expect(await summaryOf('midroll', date)).toMatchObject({ date, slots: 1 });
    },
  );

  test('4: a file that comes days later counts for its day', async () => {
    await folder.deliver('a.csv.gz', gzipped(csv([slot()])));
    await folder.run({}, { now: () => new Date('2022-07-25T19:00:00Z') });
    await folder.deliver('late.csv.gz', gzipped(csv([slot({ TransactionId: 'T2' })])));
    await folder.run({}, { now: () => new Date('2022-07-29T01:00:00Z') });
    expect(await summaryOf('midroll')).toMatchObject({ slots: 2, asOf: '2022-07-29T01:00:00.000Z' });
  });

  test('5: classes in any case, and no other class by accident', async () => {
    const classes = ['preroll', 'Preroll', 'PREROLL', 'pause_midroll', 'midroll'];
    await folder.deliver('a.csv.gz', gzipped(csv(classes.map((name) => slot({ TimePositionClass: name })))));
    await folder.run();
    expect(await summaryOf('preroll')).toMatchObject({ slots: 3 });
    expect(await summaryOf('midroll')).toMatchObject({ slots: 1 });
  });

  test('6: every class has the same fields', async () => {
    await folder.deliver(
      'a.csv.gz',
      gzipped(csv([slot({ TimePositionClass: 'preroll', TimeUnfilled: 20 })])),
    );
    await folder.run();
    const fields = Object.keys(await summaryOf('midroll'));
    expect(Object.keys(await summaryOf('preroll'))).toEqual(fields);
    expect(await summaryOf('preroll')).toMatchObject({ missedOpportunitiesSeconds: 20 });
  });

  test('7: no slot, no ad and ads of no length divide nothing by zero', async () => {
    const none = { AdsSelected: 0, AdDuration: 0, TimeUnfilled: 120 };
    const rows = [slot(none), slot({ TimePositionClass: 'preroll', AdDuration: 0, MaxDuration: 0 })];
    await folder.deliver('a.csv.gz', gzipped(csv(rows)));
    await folder.run();
    const empty = { capacityImpressions: null, unsoldImpressions: null, soldImpressions: null };
    expect(await itemsOf('midroll')).toMatchObject({ averageCreativeSeconds: null, items: [empty] });
    expect(await itemsOf('preroll')).toMatchObject({ averageCreativeSeconds: 0, items: [empty] });
    expect(await summaryOf('preroll')).toMatchObject({ adOpportunitiesSeconds: 0, sellThrough: null });
    expect(await summaryOf('overlay')).toMatchObject({ slots: 0, sellThrough: null });
  });

  test('8: overlay counts seconds like the others', async () => {
    await folder.deliver(
      'a.csv.gz',
      gzipped(csv([slot({ TimePositionClass: 'overlay', TimeUnfilled: 30 })])),
    );
    await folder.run();
    expect(await summaryOf('overlay')).toMatchObject({ adOpportunitiesSeconds: 120, sellThrough: 0.75 });
  });

  test('9: an empty folder is an empty day', async () => {
    await folder.deliver('a.csv.gz', gzipped(csv([slot()])), '2022-07-24');
    expect((await folder.run()).incomplete).toBe(false);
  });

  test('10: each stage reads what an earlier one writes', () => {
    const written = new Set<string>();
    for (const stage of Object.values(freewheel.stages)) {
      for (const path of stage.writes ?? []) written.add(path);
      for (const path of stage.reads ?? []) expect([...written, 'v4logs/']).toContain(path);
    }
  });

  test('11: files of two hours with the same last name are two files', async () => {
    for (const hour of ['08', '09']) {
      await folder.deliver(`stamp=${hour}/0001.csv.gz`, gzipped(csv([slot({ SeriesId: hour })])));
    }
    await folder.run();
    expect(await summaryOf('midroll')).toMatchObject({ files: 2, slots: 2 });
    expect(await itemsOf('midroll')).toMatchObject({ items: [{ id: '08' }, { id: '09' }] });
  });

  test('12: an empty value costs its row, not its file', async () => {
    await folder.deliver('a.csv.gz', gzipped(csv([slot({ MaxAds: '' }), slot()])));
    const report = await folder.run();
    expect(stageOf(report, 'slots')).toMatchObject({ rowsOut: 1, rejected: { 'empty-number': 1 } });
    expect(await summaryOf('midroll')).toMatchObject({ slots: 1, rowsRejected: 1 });
  });

  test('13: classes that nobody asked for are counted', async () => {
    const classes = ['postroll', 'display', 'Display', 'pause_midroll', 'midroll'];
    await folder.deliver('a.csv.gz', gzipped(csv(classes.map((name) => slot({ TimePositionClass: name })))));
    const filter = stageOf(await folder.run(), 'filter');
    expect(filter).toMatchObject({ rowsIn: 5, rowsOut: 1, rowsDropped: 4 });
    expect(filter.dropped).toEqual({ 'class postroll': 1, 'class display': 2, 'class pause_midroll': 1 });
  });

  test('14: the logs are read under a role that may be assumed', () => {
    const params = freewheel.params.parse({ networkId: NETWORK });
    expect(freewheel.external?.['v4logs']?.assumeRole?.(params)).toMatch(/:role\/171213-V4LogAccess-role$/);
  });

  test('14: no key in the synthesized stacks, and no role that may do anything', async () => {
    const outdir = await mkdtemp(join(tmpdir(), 'freewheel-stacks-'));
    try {
      const stacks = await synthesize(ENVIRONMENT, { outdir });
      const texts = await Promise.all(
        stacks.map((stack) => readFile(join(stack.folder, 'cdk.tf.json'), 'utf8')),
      );
      for (const text of texts) {
        expect(text).not.toMatch(/\b(AKIA|ASIA)[A-Z0-9]{16}\b|aws_iam_access_key|"secret_string"/);
        expect(allowedIn(JSON.parse(text)).filter((action) => action.endsWith('*'))).toEqual([]);
      }
      expect(texts.flatMap((text) => allowedIn(JSON.parse(text)))).toContain('s3:GetObject');
    } finally {
      await rm(outdir, { recursive: true });
    }
  });

  test('15: every stage has code that can be loaded', async () => {
    for (const { run } of Object.values(freewheel.stages)) {
      const { default: code } = await run();
      expect(code).toMatchObject({ units: expect.any(Function), open: expect.any(Function) });
    }
  });

  test('16: names are asked for once a day: a second run asks nothing', async () => {
    const server = await startApiServer();
    try {
      for (const list of ['series', 'sites', 'site_sections']) server.lists[list] = items(3);
      const credentials = { username: 'reports@example.com', password: server.password };
      await writeFile(join(folder.root, 'secrets.json'), JSON.stringify({ 'freewheel-api': credentials }), {
        mode: 0o600,
      });
      await folder.run({ apiUrl: server.url }, { stage: 'ids' });
      const asked = server.requests.length;
      expect(asked).toBeGreaterThan(3);
      await folder.run({ apiUrl: server.url }, { stage: 'ids' });
      expect(server.requests.length).toBe(asked);
    } finally {
      await server.close();
    }
  });
});
