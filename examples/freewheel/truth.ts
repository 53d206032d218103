import { DIMENSIONS, namesOf, type Dictionary, type Dimension, type NamedDimension } from './catalogue.ts';

/** Sums over slots; durations in seconds. */
export interface Sums {
  breaks: number;
  maxAds: number;
  maxDuration: number;
  timeUnfilled: number;
  adsSelected: number;
  adDuration: number;
}

/** The figures of one break class: over all its slots, and by item (`unknown` where the id is missing). */
export interface ClassTruth {
  readonly sums: Sums;
  readonly items: Readonly<Record<Dimension, Record<string, Sums>>>;
}

/** Why a slot row can't be used. */
export type Defect = 'number' | 'transaction-id' | 'field-count';

/** What a generated day holds, counted while it was written. */
export interface DayTruth {
  readonly date: string;
  readonly networkId: string;
  readonly files: number;
  /** Before compression. */
  readonly bytes: number;
  readonly compressedBytes: number;
  /** Data rows of every event, without blank lines. */
  readonly rows: number;
  readonly blankLines: number;
  /** `slotImpression` rows that can be used, of every class. */
  readonly slots: number;
  /** `slotImpression` rows that can't be used. */
  readonly rejected: Readonly<Record<Defect, number>>;
  /** Rows of other events with too few or too many fields. */
  readonly malformedOthers: number;
  /** By class: trimmed, lower case; `''` where the class is missing. */
  readonly classes: Readonly<Record<string, ClassTruth>>;
  readonly names: Readonly<Record<NamedDimension, Dictionary>>;
}

/** A usable slot as it counts. */
export interface Slot {
  readonly breakClass: string;
  readonly ids: Readonly<Record<Dimension, string>>;
  readonly numbers: Omit<Sums, 'breaks'>;
}

/** Counters that grow while a day is written. */
export interface Tally {
  bytes: number;
  compressedBytes: number;
  rows: number;
  blankLines: number;
  malformedOthers: number;
  readonly rejected: Record<Defect, number>;
  count(slot: Slot): void;
  truth(day: { readonly date: string; readonly networkId: string; readonly files: number }): DayTruth;
}

const zero = (): Sums => ({
  breaks: 0,
  maxAds: 0,
  maxDuration: 0,
  timeUnfilled: 0,
  adsSelected: 0,
  adDuration: 0,
});

const add = (sums: Sums, numbers: Slot['numbers']): void => {
  sums.breaks += 1;
  sums.maxAds += numbers.maxAds;
  sums.maxDuration += numbers.maxDuration;
  sums.timeUnfilled += numbers.timeUnfilled;
  sums.adsSelected += numbers.adsSelected;
  sums.adDuration += numbers.adDuration;
};

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

const emptyClass = (): ClassTruth => ({
  sums: zero(),
  items: { series: {}, sites: {}, 'site-sections': {}, 'platform-devices': {} },
});

export const newTally = (): Tally => {
  const classes: Record<string, ClassTruth> = {};
  const tally: Tally = {
    bytes: 0,
    compressedBytes: 0,
    rows: 0,
    blankLines: 0,
    malformedOthers: 0,
    rejected: { number: 0, 'transaction-id': 0, 'field-count': 0 },
    count: ({ breakClass, ids, numbers }) => {
      const { sums, items } = (classes[breakClass] ??= emptyClass());
      add(sums, numbers);
      for (const dimension of DIMENSIONS) add((items[dimension][ids[dimension]] ??= zero()), numbers);
    },
    truth: (day) => ({
      ...day,
      bytes: tally.bytes,
      compressedBytes: tally.compressedBytes,
      rows: tally.rows,
      blankLines: tally.blankLines,
      slots: Object.values(classes).reduce((slots, { sums }) => slots + sums.breaks, 0),
      rejected: { ...tally.rejected },
      malformedOthers: tally.malformedOthers,
      classes: sorted(classes),
      names: {
        series: namesOf('series'),
        sites: namesOf('sites'),
        'site-sections': namesOf('site-sections'),
      },
    }),
  };
  return tally;
};
