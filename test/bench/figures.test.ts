import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertSameFigures, CLASSES, readFigures } from '../../bench/figures.ts';

const DATE = '2026-02-28';
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peaches-bench-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** A published day of one series; `missed` and `name` are what the tests vary. */
const publish = async (root: string, missed: number, name: string | null): Promise<void> => {
  const write = async (stage: string, breakClass: string, file: string, document: unknown): Promise<void> => {
    const folder = join(dir, root, stage, `class=${breakClass}`, `date=${DATE}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${file}.json`), JSON.stringify(document));
  };
  for (const breakClass of CLASSES) {
    await write('filtered', breakClass, 'summary', { slots: 3, missedOpportunitiesSeconds: missed });
    for (const dimension of ['series', 'sites', 'site-sections', 'platform-devices']) {
      const items = [{ id: '7', breaks: 3, capacityImpressions: 0.1 + 0.2 }];
      await write('by-item', breakClass, dimension, { averageCreativeSeconds: 30, items });
      await write('load', breakClass, dimension, { items: items.map((item) => ({ ...item, name })) });
    }
  }
};

const read = (root: string) => readFigures(join(dir, root), DATE);

describe('figures of two contestants', () => {
  test('are the same when only the last digits of fractions differ', async () => {
    await publish('a', 5, 'Harbour');
    const figures = await read('a');
    const nearly = new Map(figures).set('by-item/midroll/series/7/capacityImpressions', 0.3);
    expect(() => assertSameFigures(figures, nearly, 'a peer')).not.toThrow();
  });

  test.each([
    ['a sum', 6, 'Harbour', 'filtered/preroll/missedOpportunitiesSeconds'],
    ['a name', 5, null, 'load/preroll/series/7/name'],
  ])('that differ in %s end the benchmark, with the key', async (_what, missed, name, key) => {
    await publish('a', 5, 'Harbour');
    await publish('b', missed, name);
    const [a, b] = [await read('a'), await read('b')];
    expect(() => assertSameFigures(a, b, 'a peer')).toThrow(
      expect.objectContaining({
        code: 'BENCH_FIGURES_DIFFER',
        details: expect.arrayContaining([expect.objectContaining({ key })]),
      }),
    );
  });

  test('that one of them lacks end the benchmark', async () => {
    await publish('a', 5, 'Harbour');
    const figures = await read('a');
    const fewer = new Map(figures);
    fewer.delete('load/overlay/sites/7/breaks');
    expect(() => assertSameFigures(figures, fewer, 'a peer')).toThrow(/1 of/);
  });
});
