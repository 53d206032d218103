import type { Random } from '../random.ts';

/** An element of a document before it is written: its members in the order of the text. */
export type Element = Readonly<Record<string, unknown>>;

/** A number that JSON.stringify would round; the writer puts its digits into the text. */
export class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A programme guide: how many elements each array has. */
export interface Guide {
  readonly date: string;
  readonly region: string;
  readonly titles: number;
}

const EVENTS_PER_TITLE = 5;
const CHANNELS = 200;
const WORDS = [
  'night',
  'train',
  'harbour',
  'Größe',
  'café',
  'north',
  '"draft"',
  '{HD}',
  '[4K]',
  'été',
  '東京',
  'back\\slash',
];
const GENRES = ['13.1', '13.2', '14', '15.7', '21'];

const crid = (kind: string, region: string, index: number): string =>
  `crid:~~2F~~2Fx.tv~~2F${region}~~2F${kind}${index}`;

const titleId = (region: string, index: number): string => crid('t', region, index);
const seriesId = (region: string, index: number): string => crid('s', region, index);

const words = (random: Random, count: number): string => {
  let text = '';
  for (let index = 0; index < count; index++)
    text += (index > 0 ? ' ' : '') + random.pick(WORDS as [string, ...string[]]);
  return text;
};

const instant = (date: string, minutes: number): string =>
  `${new Date(Date.parse(date) + minutes * 60_000).toISOString().slice(0, 19)}Z`;

const channels = ({ titles }: Guide): number => Math.min(CHANNELS, Math.max(2, Math.ceil(titles / 50)));
const seriesCount = ({ titles }: Guide): number => Math.max(1, Math.floor(titles / 10));

const event = (random: Random, guide: Guide, index: number): Element => {
  const start = random.below(1440);
  const length = 5 + random.below(120);
  return {
    eventId: `${crid('e', guide.region, index)},imi:${String(index).padStart(8, '0')}`,
    channelId: String(1 + random.below(channels(guide))).padStart(4, '0'),
    // A title beyond the last one was deleted before the export.
    titleId: titleId(guide.region, random.below(guide.titles + Math.ceil(guide.titles / 100))),
    availabilityStart: instant(guide.date, start),
    availabilityEnd: instant(guide.date, start + length),
    durationInSeconds: length * 60,
    ...(random.chance(0.3) && { durationInSecondsRef: length * 60 }),
    originalLanguages: ['nl', 'fr'].slice(random.below(2)),
    is3D: random.chance(0.01),
    isAdult: random.chance(0.02),
    products: [{ id: `p${random.below(50)}`, from: instant(guide.date, start) }],
    magId: new Digits(`9007199254${String(740993 + index)}`),
    replayMinAge: random.chance(0.5) ? null : random.pick([0, 6, 12, 16]),
    resolution: random.pick(['SD', 'HD', 'UHD']),
    actualStart: random.chance(0.2) ? '' : instant(guide.date, start + 1).replace('Z', '+00:00'),
  };
};

const channel = (random: Random, guide: Guide, index: number): Element => ({
  channelId: String(1 + index).padStart(4, '0'),
  channelName: words(random, 2),
  isHidden: false,
  is3D: random.chance(0.1),
  resolution: 'HD',
  replaySeconds: 3600 * random.below(200),
  serviceGenreIds: [random.pick(GENRES as [string, ...string[]])],
  customProps: { region: guide.region, nested: { deep: [1, 2.5, true, null] } },
});

const content = (random: Random, guide: Guide, index: number): Element => ({
  contentId: crid('c', guide.region, index),
  titleId: titleId(guide.region, index),
  durationInSeconds: 60 * (20 + random.below(100)),
  firstAvailability: Date.parse(guide.date) / 1000,
  lastAvailability: Date.parse(guide.date) + 86_400_000 * random.below(90),
  isCatchupTv: random.chance(0.5) ? 'true' : 'false',
  productIds: [`p${random.below(50)}`],
});

const title = (random: Random, guide: Guide, index: number): Element => ({
  titleId: titleId(guide.region, index),
  name: words(random, 4),
  ...(random.chance(0.7) && {
    episodeNumber: 1 + random.below(24),
    seriesId: seriesId(guide.region, random.below(seriesCount(guide))),
  }),
  minimumAge: random.pick([0, 6, 12, 16, 18]),
  language: 'nl',
  genres: [random.pick(GENRES as [string, ...string[]])],
  actors: [{ name: words(random, 2), role: words(random, 1) }],
  pictures: [{ url: `https://img.example/${index}.jpg`, type: 'BoxCover' }],
  shortSynopsis: words(random, 12),
  longSynopsis: words(random, 60),
  ...(random.chance(0.3) && { productionDate: 1960 + random.below(60) }),
  isAdult: false,
});

/** The arrays in the order of delivery: how many elements each has, and how one is made. */
export const MAKERS: Readonly<
  Record<
    string,
    {
      readonly count: (guide: Guide) => number;
      readonly make: (random: Random, guide: Guide, index: number) => Element;
    }
  >
> = {
  events: { count: ({ titles }) => titles * EVENTS_PER_TITLE, make: event },
  channels: { count: channels, make: channel },
  contents: { count: ({ titles }) => titles, make: content },
  credits: {
    count: ({ titles }) => titles,
    make: (random, _guide, index) => ({
      givenName: words(random, 1),
      familyName: words(random, 1),
      ordinalNumber: 1 + (index % 5),
      role: random.pick(['actor', 'director']),
    }),
  },
  genres: {
    count: () => GENRES.length,
    make: (random, _guide, index) => ({
      title: words(random, 1),
      termId: GENRES[index],
      scheme: 'urn:x:genre',
    }),
  },
  pictures: {
    count: ({ titles }) => titles,
    make: (_random, _guide, index) => ({ url: `https://img.example/${index}.jpg`, type: 'BoxCover' }),
  },
  products: {
    count: () => 50,
    make: (random, _guide, index) => ({
      productId: `p${index}`,
      type: 'SVOD',
      currency: 'EUR',
      listPrice: random.chance(0.2) ? 'free' : `${random.below(20)}.99`,
      contentIds: [`c${index}`],
    }),
  },
  series: {
    count: seriesCount,
    make: (random, { region }, index) => ({
      seriesId: seriesId(region, index),
      seriesName: words(random, 3),
      ...(random.chance(0.8) && { seasonNumber: 1 + random.below(9) }),
      numberOfEpisodes: random.below(24),
      allGenres: GENRES,
    }),
  },
  titles: { count: ({ titles }) => titles, make: title },
};
