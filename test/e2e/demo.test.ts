import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { feeds } from '../../etl/feeds.ts';
import { callIn, callSourcesIn, emulatorLack } from './support/command-line.ts';
import { describeWith } from './support/prerequisites.ts';

const MINUTES = 60_000;
jest.setTimeout(5 * MINUTES);
const lack = await emulatorLack(tmpdir());

describeWith(lack, 'the demo', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peaches-demo-'));
  });
  afterAll(async () => {
    await callIn(folder, ['sandbox', 'stop', '--config', '.peaches/demo/peaches.config.json']);
    await rm(folder, { recursive: true, force: true });
  });

  test(
    'shows what comes of a day of every feed, and again without doing anything twice',
    async () => {
      const first = await callSourcesIn(folder, ['demo', '--json']);
      expect(first.status).toBe(0);
      const shown = JSON.parse(first.stdout) as {
        stacks: { result: string }[];
        feeds: { run: { feed: string }; tables: { title: string; rows: object[] }[] }[];
      };
      expect(new Set(shown.stacks.map(({ result }) => result))).toEqual(new Set(['applied']));
      expect(shown.feeds.map(({ run }) => run.feed)).toEqual(feeds.map(({ name }) => name));
      const empty = shown.feeds.flatMap(({ tables }) => tables).filter(({ rows }) => rows.length === 0);
      expect(empty).toEqual([]);
      expect(await readdir(folder)).toEqual(['.peaches']);

      const second = await callIn(folder, ['demo', '--stop']);
      expect(second.status).toBe(0);
      expect(second.stdout).toMatch(/foundation +unchanged/);
      expect(second.stdout).toMatch(/slots +0 /);
      for (const title of shown.feeds.flatMap(({ tables }) => tables.map((table) => table.title))) {
        expect(second.stdout).toContain(title);
      }
      const [, tables = ''] = /(By class[^]*)MediaTailor/.exec(second.stdout) ?? [];
      for (const line of tables.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    },
    20 * MINUTES,
  );
});
