/** What the address of a request says about what was watched. */
export interface RequestFacts {
  /** The first path segment of digits alone, or ''. */
  readonly channel: string;
  /** `dist-Name_Of_It` or `mt-Name_Of_It`, or '-'. */
  readonly distributor: string;
  readonly isSegment: boolean;
  readonly isStart: boolean;
  /** Lines of the picture that a playlist or chunk list names. */
  readonly height: number | undefined;
  /** What the height is counted as: the two that have columns of their own are told by the exact size. */
  readonly is720p: boolean;
  readonly is1080p: boolean;
}

const CHANNEL = /\/(\d+)\//u;
const DISTRIBUTOR = /\/(dist|mt)\/([^/?#]+)/u;
const SIZE = /(\d{2,5})x(\d{2,5})/u;
const LINES = /(\d{3,4})p(?![a-z0-9])/iu;
const NO_START = /^(?:chunklist.*|playlist.*|\d+)\.m3u8$/u;

/** Titles that were asked for before; names are few, and all come very often. */
const titles = new Map<string, string>();
const MOST_TITLES = 10_000;

/** Every word with a capital, the rest in small letters: `ACME-tv` is `Acme-Tv`. */
export const titleCase = (text: string): string => {
  let title = titles.get(text);
  if (title === undefined) {
    title = text.toLowerCase().replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
    if (titles.size < MOST_TITLES) titles.set(text, title);
  }
  return title;
};

/** @param url path and query of a request */
export const factsOf = (url: string): RequestFacts => {
  const end = url.search(/[?#]/u);
  const path = end < 0 ? url : url.slice(0, end);
  const file = path.slice(path.lastIndexOf('/') + 1);
  const [, kind, name] = DISTRIBUTOR.exec(path) ?? [];
  const isPlaylist = file.startsWith('playlist') && file.endsWith('.m3u8');
  const isChunklist = file === 'chunklist.m3u8';
  const height = isPlaylist ? SIZE.exec(url)?.[2] : isChunklist ? LINES.exec(url)?.[1] : undefined;
  return {
    channel: CHANNEL.exec(path)?.[1] ?? '',
    distributor: kind === undefined ? '-' : `${kind}-${titleCase(name ?? '').replaceAll('-', '_')}`,
    isSegment: file.endsWith('.ts'),
    isStart: file.endsWith('.m3u8') && !NO_START.test(file),
    height: height === undefined ? undefined : Number(height),
    is720p: (isPlaylist && url.includes('1280x720')) || (isChunklist && url.includes('720p')),
    is1080p: (isPlaylist && url.includes('1920x1080')) || (isChunklist && url.includes('1080p')),
  };
};
