import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callIn, emulatorLack } from './support/command-line.ts';
import { describeWith } from './support/prerequisites.ts';

const MINUTES = 60_000;
jest.setTimeout(2 * MINUTES);
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
    'shows the capacity of a day, and again without doing anything twice',
    async () => {
      const first = await callIn(folder, ['demo', '--json']);
      expect(first.status).toBe(0);
      const shown = JSON.parse(first.stdout) as {
        stacks: { result: string }[];
        run: { stages: { units: number }[] };
        classes: { class: string; slots: number }[];
        top: unknown[];
      };
      expect(shown.stacks.map(({ result }) => result)).toEqual(['applied', 'applied']);
      expect(shown.classes.map((one) => one.class)).toEqual(['preroll', 'midroll', 'overlay']);
      expect(shown.top).toHaveLength(9);
      expect(await readdir(folder)).toEqual(['.peaches']);

      const second = await callIn(folder, ['demo', '--stop']);
      expect(second.status).toBe(0);
      expect(second.stdout).toMatch(/foundation +unchanged/);
      expect(second.stdout).toMatch(/slots +0 /);
      expect(second.stdout).toContain('Most ad capacity by series, midroll');
      for (const line of second.stdout.slice(second.stdout.indexOf('By class')).split('\n')) {
        expect(line.length).toBeLessThanOrEqual(80);
      }
    },
    12 * MINUTES,
  );
});
