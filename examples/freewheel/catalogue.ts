import { randomFrom } from '../random.ts';

/** What the invented network shows: series, sites, sections and devices with their FreeWheel ids. */

export type Dimension = 'series' | 'sites' | 'site-sections' | 'platform-devices';
export type NamedDimension = Exclude<Dimension, 'platform-devices'>;
export type Dictionary = Readonly<Record<string, string>>;

export const DIMENSIONS: readonly Dimension[] = ['series', 'sites', 'site-sections', 'platform-devices'];

export const COUNTS: Readonly<Record<Dimension, number>> = {
  series: 2000,
  sites: 200,
  'site-sections': 3000,
  'platform-devices': 40,
};

/** Ids in the number ranges that the real ones come from. */
export const idOf: Readonly<Record<Dimension, (index: number) => number>> = {
  series: (index) => 120_000_000 + index * 1009,
  sites: (index) => 100_000 + index * 37,
  'site-sections': (index) => 5_000_000 + index * 113,
  'platform-devices': (index) => 1000 + index * 3,
};

const FIRST = [
  'Harbour',
  'Northern',
  'Silent',
  'Golden',
  'Café',
  'Midnight',
  'Paper',
  'Second',
  'Wild',
  'Open',
];
const SECOND = [
  'Lights',
  'Kitchen',
  'Signals',
  'Rivers',
  'Stories',
  'Garden',
  'Planet',
  'Match',
  'Run',
  'Élan',
];
const PLATFORMS = ['Web', 'iOS', 'Android', 'Connected TV', 'Set-top box'];
const SECTIONS = ['Home', 'News', 'Sport', 'Film', 'Kids', 'Live', 'Catch-up', 'Extras'];

const of = (words: readonly string[], index: number): string => words[index % words.length] ?? '';

const nameOf: Readonly<Record<NamedDimension, (index: number) => string>> = {
  series: (index) => {
    const season = Math.floor(index / (FIRST.length * SECOND.length)) + 1;
    return `${of(FIRST, index)} ${of(SECOND, Math.floor(index / FIRST.length))}, season ${season}`;
  },
  sites: (index) => `${of(PLATFORMS, index)} player ${Math.floor(index / PLATFORMS.length) + 1}`,
  'site-sections': (index) => `${of(SECTIONS, index)} "${Math.floor(index / SECTIONS.length) + 1}"`,
};

const UNKNOWN_SHARE = 0.05;

/** The names of one dimension; about 5 % of the ids that the logs use are not among them. */
export const namesOf = (dimension: NamedDimension): Dictionary => {
  const random = randomFrom(COUNTS[dimension]);
  const names: Record<string, string> = {};
  for (let index = 0; index < COUNTS[dimension]; index++) {
    if (!random.chance(UNKNOWN_SHARE)) names[String(idOf[dimension](index))] = nameOf[dimension](index);
  }
  return names;
};
