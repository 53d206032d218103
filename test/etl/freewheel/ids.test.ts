import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import stage from '../../../etl/freewheel/ids.ts';
import type { FeedDeclaration } from '../../../etl/feed.ts';
import type { Logger } from '../../../etl/runtime/log.ts';
import { openLocalPlace } from '../../../etl/runtime/places/local.ts';
import type { RunReport } from '../../../etl/runtime/run.ts';
import { runFeed } from '../../../etl/runtime/runner.ts';
import { firstTimes, items, json, startApiServer, type ApiServer } from './support/api-server.ts';

const feed: FeedDeclaration<{ apiUrl: string }> = {
  name: 'freewheel',
  title: 'names only',
  params: z.object({ apiUrl: z.string() }),
  buckets: { ids: {} },
  secrets: { api: { title: 'API user', fields: ['username', 'password'], optional: true } },
  stages: {
    ids: {
      ...{ title: 'names', memoryMiB: 512, vcpu: 0.25, timeoutMinutes: 5 },
      ...{ reads: ['ids/'], writes: ['ids/'], secrets: ['api'] },
      run: () => Promise.resolve({ default: stage as never }),
    },
  },
};

let server: ApiServer;
let dir: string;
let logged: string;

beforeEach(async () => {
  server = await startApiServer();
  server.lists['series'] = [
    { id: 10, name: 'Harbour' },
    { id: 9, name: 'Élan' },
  ];
  server.lists['sites'] = items(2);
  server.lists['site_sections'] = items(501);
  dir = await mkdtemp(join(tmpdir(), 'peaches-ids-'));
  logged = '';
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

const note = (...parts: unknown[]): void => void (logged += JSON.stringify(parts));
const log: Logger = { info: note, warn: note, error: note };

const giveCredentials = (password = server.password): Promise<void> =>
  writeFile(
    join(dir, 'secrets.json'),
    JSON.stringify({ 'freewheel-api': { username: 'reports@example.com', password } }),
    { mode: 0o600 },
  );

const run = async (date = '2026-02-28', now = new Date('2026-03-01T05:00:00Z')): Promise<RunReport> => {
  const place = await openLocalPlace(dir, feed);
  try {
    const signal = new AbortController().signal;
    return await runFeed({ feed, date, params: { apiUrl: server.url }, place, log, signal, now: () => now });
  } finally {
    await place.close();
  }
};

const namesPath = (dictionary: string): string =>
  join(dir, 'store', 'freewheel-ids', dictionary, 'names.json');
const names = async (dictionary: string): Promise<unknown> =>
  JSON.parse(await readFile(namesPath(dictionary), 'utf8'));
const giveNames = async (dictionary: string, text: string): Promise<void> => {
  await mkdir(join(namesPath(dictionary), '..'), { recursive: true });
  await writeFile(namesPath(dictionary), text);
};

describe('with credentials', () => {
  beforeEach(() => giveCredentials());

  test('the three dictionaries are written', async () => {
    const { stages } = await run();
    expect(await names('series')).toEqual({ 9: 'Élan', 10: 'Harbour' });
    expect(await names('sites')).toEqual({ 1: 'Item 1', 2: 'Item 2' });
    expect(Object.keys((await names('site-sections')) as object)).toHaveLength(501);
    expect(stages[0]).toMatchObject({ units: 1, unitsFailed: 0, rowsIn: 505, rowsOut: 505 });
    expect(stages[0]?.outputs).toContain('freewheel-ids/series/names.json');
  });

  test('the API is read once a day, whichever days are run', async () => {
    await run();
    const asked = server.requests.length;
    expect((await run()).stages[0]?.units).toBe(0);
    await run('2026-02-27');
    expect(server.requests).toHaveLength(asked);
    await run('2026-02-28', new Date('2026-03-02T05:00:00Z'));
    expect(server.requests.length).toBeGreaterThan(asked);
  });

  test('a dictionary that has not changed is not written again, nor lost', async () => {
    await run();
    const { stages } = await run('2026-02-28', new Date('2026-03-02T05:00:00Z'));
    expect(stages[0]?.outputs).toEqual(['freewheel-ids/fetched.json']);
    expect(await names('series')).toEqual({ 9: 'Élan', 10: 'Harbour' });
  });

  test('an empty list does not replace names that are there, and is told', async () => {
    await run();
    server.lists['series'] = [];
    const { stages } = await run('2026-02-28', new Date('2026-03-02T05:00:00Z'));
    expect(await names('series')).toEqual({ 9: 'Élan', 10: 'Harbour' });
    expect(stages[0]?.notes.join()).toContain('lists no series');
  });

  test('E11: when one list can not be read all dictionaries stay as they were', async () => {
    await run();
    server.lists['series'] = items(5);
    server.fault = firstTimes(99, 'site_sections', (response) => json(response, 403, {}));
    const { stages, incomplete } = await run('2026-02-28', new Date('2026-03-02T05:00:00Z'));
    expect(incomplete).toBe(true);
    expect(stages[0]?.failures).toMatchObject([{ unit: 'names', reason: 'freewheel-access-denied' }]);
    expect(await names('series')).toEqual({ 9: 'Élan', 10: 'Harbour' });
  });

  test('a refused login is not held against the day: with the right password the next run reads the names', async () => {
    await giveCredentials('wrong');
    expect((await run()).stages[0]?.failures).toMatchObject([{ reason: 'freewheel-login-refused' }]);
    await giveCredentials();
    expect((await run()).stages[0]).toMatchObject({ units: 1, unitsFailed: 0 });
    expect(await names('series')).toEqual({ 9: 'Élan', 10: 'Harbour' });
  });

  test('neither token nor password is logged or stored', async () => {
    server.fault = firstTimes(1, 'sites', (response) => json(response, 500, 'oops'));
    await run();
    expect(logged).toContain('answered 500');
    expect(logged).not.toMatch(/secret|sesame/);
    expect(await readFile(join(dir, 'store', 'freewheel-ids', 'fetched.json'), 'utf8')).not.toMatch(/secret/);
  });

  test('items without a name are rejected and put in quarantine', async () => {
    server.lists['sites'] = [...items(2), { id: 3 }];
    const { stages } = await run();
    expect(stages[0]).toMatchObject({ rowsIn: 506, rowsOut: 505, rejected: { 'item-without-name': 1 } });
    expect(await names('sites')).toEqual({ 1: 'Item 1', 2: 'Item 2' });
  });
});

describe('without credentials', () => {
  test('the names already there serve, the run says so, and there is nothing to do a second time', async () => {
    await giveNames('series', '{"7":"Kept"}');
    const { stages } = await run();
    expect(stages[0]?.notes.join()).toContain('names of series serve');
    expect(server.requests).toEqual([]);
    expect(await names('series')).toEqual({ 7: 'Kept' });
    expect((await run()).stages[0]?.units).toBe(0);
  });

  test('credentials that come later are used at the next run', async () => {
    await run();
    await giveCredentials();
    expect((await run()).stages[0]).toMatchObject({ units: 1, rowsIn: 505 });
  });
});
