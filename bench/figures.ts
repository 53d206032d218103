import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failed } from '../errors/errors.ts';

/** The published figures of a day, flat: `by-item/midroll/series/120000000/breaks` to its value. */
export type Figures = ReadonlyMap<string, number | string | null>;

type Json = Readonly<Record<string, unknown>>;

export const CLASSES = ['preroll', 'midroll', 'overlay'] as const;
const SUMMARY = [
  ...['files', 'slots', 'adOpportunitiesSeconds', 'missedOpportunitiesSeconds', 'monetizedSeconds'],
  ...['unsoldSeconds', 'sellThrough'],
];
const DOCUMENTS = {
  'by-item': ['series', 'sites', 'site-sections', 'platform-devices'],
  load: ['series', 'sites', 'site-sections'],
} as const;
/** Sums of floats in another order differ in the last digits. */
const TOLERANCE = 1e-9;

const readJson = async (path: string): Promise<Json> => JSON.parse(await readFile(path, 'utf8')) as Json;

/** Reads what a day's run has published. @param root the folder with `filtered/`, `by-item/`, `load/` */
export const readFigures = async (root: string, date: string): Promise<Figures> => {
  const figures = new Map<string, number | string | null>();
  const take = (path: string, from: Json, fields: readonly string[]): void => {
    for (const field of fields)
      figures.set(`${path}/${field}`, (from[field] ?? null) as number | string | null);
  };
  for (const breakClass of CLASSES) {
    const read = (stage: string, name: string) =>
      readJson(join(root, stage, `class=${breakClass}`, `date=${date}`, `${name}.json`));
    take(`filtered/${breakClass}`, await read('filtered', 'summary'), SUMMARY);
    for (const [stage, dimensions] of Object.entries(DOCUMENTS)) {
      for (const dimension of dimensions) {
        const path = `${stage}/${breakClass}/${dimension}`;
        const document = await read(stage, dimension);
        take(path, document, ['averageCreativeSeconds', 'unnamed']);
        for (const item of document['items'] as Json[]) {
          take(`${path}/${String(item['id'])}`, item, Object.keys(item));
        }
      }
    }
  }
  return figures;
};

const areEqual = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number'
    ? Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b))
    : a === b;

/** @throws BENCH_FIGURES_DIFFER unless all figures are the same */
export const assertSameFigures = (expected: Figures, found: Figures, whose: string): void => {
  const keys = new Set([...expected.keys(), ...found.keys()]);
  const differing = [...keys].filter((key) => !areEqual(expected.get(key), found.get(key)));
  if (differing.length === 0) return;
  throw failed({
    code: 'BENCH_FIGURES_DIFFER',
    message: `${whose} came to other figures: ${differing.length} of ${keys.size} differ.`,
    hint: 'A benchmark of different results says nothing: mend the one that is wrong first.',
    details: differing
      .slice(0, 5)
      .map((key) => ({ key, expected: expected.get(key), found: found.get(key) })),
  });
};
