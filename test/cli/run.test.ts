import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { daysBetween } from '../../cli/days.ts';
import { call, documentOf } from './terminal.ts';

const DATE = '2026-01-15';
const HEADER =
  'TransactionId,EventName,TimePositionClass,MaxAds,MaxDuration,TimeUnfilled,AdsSelected,AdDuration,SeriesId,SiteId,SiteSectionId,PlatformDeviceId';
const LOG = gzipSync(
  [
    HEADER,
    'T1,slotImpression,midroll,6,180,60,4,120,S1,1,2,3',
    'T1,slotImpression,midroll,4,120,0,4,120,S1,1,2,3',
    'T2,slotImpression,midroll,4,120,120,0,0,S2,1,2,3',
    '',
  ].join('\n'),
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const deliver = async (name: string, bytes: Uint8Array, date = DATE): Promise<void> => {
  const logs = join(folder, 'store/fw-prod-v4logs/171213/v4logs', date);
  await mkdir(logs, { recursive: true });
  await writeFile(join(logs, name), bytes);
};

const run = (...more: string[]) =>
  call(
    [
      'run',
      'freewheel',
      '--date',
      DATE,
      '--local',
      folder,
      '--set',
      'freewheel.networkId=171213',
      '--json',
      ...more,
    ],
    folder,
  );

interface Document {
  readonly feed: string;
  readonly date: string;
  readonly stages: readonly { readonly stage: string; readonly units: number; readonly outputs: string[] }[];
}

test('a day on a folder, and nothing new the second time', async () => {
  await deliver('a.csv.gz', LOG);
  const first = await run();
  expect(first.status).toBe(0);
  const document = documentOf(first) as Document;
  expect(document).toMatchObject({ feed: 'freewheel', date: DATE });
  expect(document.stages[0]).toEqual(
    expect.objectContaining({
      stage: 'extract',
      units: 1,
      rowsIn: expect.any(Number) as unknown,
      rowsOut: expect.any(Number) as unknown,
      rowsRejected: 0,
      bytesIn: LOG.length,
      bytesOut: LOG.length,
      seconds: expect.any(Number) as unknown,
    }),
  );
  const summary = join(folder, `store/freewheel-logs/filtered/class=midroll/date=${DATE}/summary.json`);
  expect(JSON.parse(await readFile(summary, 'utf8'))).toMatchObject({
    slots: 3,
    adOpportunitiesSeconds: 420,
    missedOpportunitiesSeconds: 180,
    monetizedSeconds: 240,
  });
  const again = documentOf(await run()) as Document;
  expect(again.stages).toEqual(
    document.stages.map(({ stage }) => expect.objectContaining({ stage, units: 0 })),
  );
});

test('a broken file makes the day incomplete and the status 1; the others are worked', async () => {
  await deliver('a.csv.gz', LOG);
  await deliver('b.csv.gz', LOG.subarray(0, LOG.length - 20));
  const told = await run();
  expect(told.status).toBe(1);
  expect(documentOf(told)).toMatchObject({ incomplete: true });
  const summary = join(folder, `store/freewheel-logs/filtered/class=midroll/date=${DATE}/summary.json`);
  expect(JSON.parse(await readFile(summary, 'utf8'))).toMatchObject({ slots: 3, incomplete: true });
});

test('parameters come from the configuration where there is one', async () => {
  await deliver('a.csv.gz', LOG);
  await writeFile(
    join(folder, 'peaches.config.json'),
    JSON.stringify({
      name: 'acme',
      environments: { dev: { account: '123456789012', region: 'us-east-1' } },
      feeds: { freewheel: { networkId: '171213', classes: ['overlay'] } },
    }),
  );
  const told = await call(['run', 'freewheel', '--date', DATE, '--local', folder, '--json'], folder);
  expect(told.status).toBe(0);
  expect(JSON.stringify(documentOf(told))).toContain('class=overlay');
  expect(JSON.stringify(documentOf(told))).not.toContain('class=midroll/date');
});

test('without parameters the call says how to give them', async () => {
  const { status, stderr } = await call(['run', 'freewheel', '--date', DATE, '--local', folder], folder);
  expect(status).toBe(64);
  expect(stderr).toMatch(/networkId is missing[^]*peaches init[^]*--set freewheel\.networkId=VALUE/);
});

test('a backfill runs every day; status shows them', async () => {
  await deliver('a.csv.gz', LOG);
  const told = await call(
    [
      ...['backfill', 'freewheel', '--from', DATE, '--to', '2026-01-16', '--parallel', '2', '--json'],
      ...['--local', folder, '--set', 'freewheel.networkId=171213'],
    ],
    folder,
  );
  expect(told.status).toBe(0);
  expect((documentOf(told) as { runs: Document[] }).runs.map(({ date }) => date)).toEqual([
    DATE,
    '2026-01-16',
  ]);
  const { runs } = documentOf(await call(['status', '--local', folder, '--json'], folder)) as {
    runs: Document[];
  };
  expect(new Set(runs.map(({ date }) => date))).toEqual(new Set([DATE, '2026-01-16']));
});

test('a day that fails by what it holds does not keep a backfill from the others', async () => {
  await deliver('a.csv.gz', LOG);
  const next = '2026-01-16';
  const bad = 'T1,slotImpression,midroll,many,180,60,4,120,S1,1,2,3\n'.repeat(200);
  await deliver('b.csv.gz', gzipSync(`${HEADER}\n${bad}`), next);
  const told = await call(
    [
      ...['backfill', 'freewheel', '--from', DATE, '--to', '2026-01-17', '--json'],
      ...['--local', folder, '--set', 'freewheel.networkId=171213'],
    ],
    folder,
  );
  expect(told.status).toBe(1);
  const { runs, failures } = documentOf(told) as { runs: Document[]; failures: unknown };
  expect(runs.map(({ date }) => date)).toEqual([DATE, '2026-01-17']);
  expect(failures).toMatchObject([{ date: next, code: 'REJECT_LIMIT_PASSED' }]);
});

test('status looks only: of a folder that is not there it makes nothing', async () => {
  const nowhere = join(folder, 'nowhere');
  expect(await call(['status', '--local', nowhere], folder)).toMatchObject({
    status: 0,
    stdout: 'No run yet.\n',
  });
  expect(existsSync(nowhere)).toBe(false);
});

test('secrets of a folder are asked for by stdin, kept closed and never shown', async () => {
  const listed = documentOf(await call(['secrets', 'ls', '--local', folder, '--json'], folder));
  expect(listed).toMatchObject({
    secrets: expect.arrayContaining([
      expect.objectContaining({ secret: 'freewheel.api', state: 'not set' }),
    ]) as unknown,
  });
  await writeFile(
    join(folder, 'secrets.json'),
    '{"freewheel-api": {"username": "u", "password": "hunter2"}}',
    {
      mode: 0o600,
    },
  );
  const set = await call(['secrets', 'ls', '--local', folder, '--json'], folder);
  expect(documentOf(set)).toMatchObject({
    secrets: expect.arrayContaining([
      expect.objectContaining({ secret: 'freewheel.api', state: 'set' }),
    ]) as unknown,
  });
  expect(set.stdout + set.stderr).not.toContain('hunter2');
  expect((await stat(join(folder, 'secrets.json'))).mode & 0o077).toBe(0);
});

test('days from one to another', () => {
  expect(daysBetween('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
  expect(daysBetween('2026-03-29', '2026-03-29')).toEqual(['2026-03-29']);
});

test('--local on what is no folder is told as such', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const told = await call([
    ...['run', 'freewheel', '--date', DATE, '--local', file, '--json'],
    ...['--set', 'freewheel.networkId=171213'],
  ]);
  expect(told.status).toBe(64);
  expect(documentOf(told)).toMatchObject({
    error: { code: 'FOLDER_UNUSABLE', message: expect.stringContaining(file) as unknown },
  });
});
