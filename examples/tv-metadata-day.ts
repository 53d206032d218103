import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { randomFrom, seedOf, type Random } from './random.ts';
import { MAKERS, type Element, type Guide } from './tv-metadata/elements.ts';
import { render, spoilt, type Fate } from './tv-metadata/faults.ts';

export { Digits, type Element } from './tv-metadata/elements.ts';

export interface TvMetadataDayOptions {
  /** Stands for the bucket: keys below it are as the partner writes them. */
  readonly folder: string;
  readonly prefix?: string;
  /** The day in UTC, `YYYY-MM-DD`. */
  readonly date: string;
  readonly regions: readonly string[];
  /** Titles of a region; a document has about 9.5 kB for each. */
  readonly titles: number;
  readonly seed: number;
  /** Part of the elements that are spoilt, 0 to 0.3 (default 0). */
  readonly faults?: number;
  /** Told of every element, in the order of the document. */
  readonly onElement?: (written: WrittenElement) => void;
}

/** An element as it was meant, and what a reader must make of what was written. */
export interface WrittenElement {
  readonly region: string;
  readonly array: string;
  readonly element: Element;
  readonly fate: Fate;
  /** Why it is no row. */
  readonly reason: string | undefined;
}

export interface RegionTruth {
  readonly bytes: number;
  /** Rows by array. */
  readonly rows: Readonly<Record<string, number>>;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

export type TvMetadataTruth = Readonly<Record<string, RegionTruth>>;

const FLUSH_CHARACTERS = 1 << 18;

interface Tally {
  bytes: number;
  readonly rows: Record<string, number>;
  readonly rejected: Record<string, number>;
  readonly dropped: Record<string, number>;
}

const more = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

/** The text of one array's elements. A spoilt one stands between two whole ones, so that each can be told apart. */
function* elementsOf(
  array: string,
  guide: Guide,
  random: Random,
  tally: Tally,
  options: TvMetadataDayOptions,
): Generator<string> {
  const { count, make } = MAKERS[array] ?? { count: () => 0, make: () => ({}) };
  const total = count(guide);
  let earlier: Element | undefined;
  let isWholeBefore = false;
  for (let index = 0; index < total; index++) {
    const element = make(random, guide, index);
    const isSpoilt: boolean = isWholeBefore && index + 1 < total && random.chance(options.faults ?? 0);
    const broken: ReturnType<typeof spoilt> = isSpoilt ? spoilt(random, element, earlier) : undefined;
    const text = broken?.text ?? render(element);
    yield `${index === 0 ? '' : ','}\n    ${text.replaceAll('\n', '\n    ')}`;
    const fate: Fate = broken?.fault.fate ?? 'row';
    const reason = broken?.fault.reason;
    if (fate === 'row') {
      more(tally.rows, array);
      earlier = element;
    } else more(tally[fate], reason ?? fate);
    options.onElement?.({ region: guide.region, array, element, fate, reason });
    isWholeBefore = fate === 'row';
  }
}

function* documentOf(options: TvMetadataDayOptions, region: string, tally: Tally): Generator<Buffer> {
  const { date, titles, seed, regions } = options;
  const guide: Guide = { date, region, titles };
  const random = randomFrom(seedOf(seed, regions.indexOf(region), Date.parse(date) / 86_400_000));
  let text = '{';
  const flush = (): Buffer => {
    const piece = Buffer.from(text);
    tally.bytes += piece.length;
    text = '';
    return piece;
  };
  for (const [index, array] of Object.keys(MAKERS).entries()) {
    tally.rows[array] = 0;
    text += `${index === 0 ? '' : ','}\n  "${array}": [`;
    for (const piece of elementsOf(array, guide, random, tally, options)) {
      text += piece;
      if (text.length >= FLUSH_CHARACTERS) yield flush();
    }
    text += '\n  ]';
  }
  text += '\n}\n';
  yield flush();
}

/** `{prefix}{YYYY}_{M}_{D}_{region}`, without zeros before month and day. */
export const documentKey = (date: string, region: string, prefix = ''): string =>
  `${prefix}${date.split('-').map(Number).join('_')}_${region}`;

/**
 * Writes the documents of one invented day. Memory stays flat whatever the size; equal options give equal bytes.
 * @returns what each region comes to
 */
export const generateTvMetadataDay = async (options: TvMetadataDayOptions): Promise<TvMetadataTruth> => {
  const truth: Record<string, RegionTruth> = {};
  for (const region of options.regions) {
    const tally: Tally = { bytes: 0, rows: {}, rejected: {}, dropped: {} };
    const path = join(options.folder, documentKey(options.date, region, options.prefix));
    await mkdir(dirname(path), { recursive: true });
    const text = Readable.from(documentOf(options, region, tally), { highWaterMark: 1 });
    await pipeline(text, createWriteStream(path));
    truth[region] = tally;
  }
  return truth;
};
