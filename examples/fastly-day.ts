import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { randomFrom, seedOf, type Random } from './random.ts';

export interface FastlyDayOptions {
  /** Stands for the bucket of the logs: keys below it are as Fastly writes them. */
  readonly folder: string;
  /** The day in UTC, `YYYY-MM-DD`. */
  readonly date: string;
  readonly files: number;
  readonly requestsPerFile: number;
  readonly seed: number;
  /** With the faults of real logs (default), or every line whole. */
  readonly dirty?: boolean;
  /** Told of the text of each file. */
  readonly onText?: (text: string) => void;
  /** Told of each request that can be used, once, with the fields that its line has. */
  readonly onRequest?: (request: InventedRequest) => void;
}

/** A request as its line tells of it. */
export interface InventedRequest {
  readonly at: Date;
  readonly status: number;
  readonly url: string;
  readonly geo: Place | undefined;
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** Undefined where the line has ''. */
  readonly hops: number | undefined;
}

/** What a generated day holds, counted while it was written. */
export interface FastlyTruth {
  readonly date: string;
  readonly files: number;
  /** As stored. */
  readonly bytes: number;
  /** Lines that can be used, also those of the next day; a file that is there twice counts once. */
  readonly requests: number;
  /** Of these, of the next day. */
  readonly nextDay: number;
  /** Lines of files that are there twice, counted once. */
  readonly repeated: number;
  /** By reason, with those of files that are there twice counted twice. */
  readonly rejected: Readonly<Record<string, number>>;
}

type Place = Readonly<Partial<Record<'city' | 'country' | 'continent' | 'region', string>>>;

const PLACES: readonly [Place, ...Place[]] = [
  { city: 'amsterdam', country: 'NL', continent: 'EU', region: 'NH' },
  { city: 'saint-denis', country: 'FR', continent: 'EU', region: '93' },
  { city: 'new york', country: 'US', continent: 'NA', region: 'NY' },
  { city: 'são paulo', country: 'BR', continent: 'SA', region: 'SP' },
  { country: 'NL' },
];
const DISTRIBUTORS = ['dist/acme-tv', 'dist/HARBOUR-play', 'mt/river', 'mt/hill-top-media'] as const;
const SIZES = ['640x360', '1280x720', '1600x900', '1920x1080', '3840x2160'] as const;
const LINES = ['360p', '720p', '900p', '1080p', '2160p'] as const;
const BROKEN = ['{"timestamp":"03/01/2021 10:00:05.00 GMT","initial_status":', 'no record at all'] as const;

const compress = promisify(gzip);

const two = (number: number): string => String(number).padStart(2, '0');

/** `%m/%d/%Y %H:%M:%S.00 %Z`. */
const stamp = (at: Date): string =>
  `${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}/${at.getUTCFullYear()} ${at.toISOString().slice(11, 19)}.00 GMT`;

const inventUrl = (random: Random): string => {
  const stream = `/linear/${11 * (1 + random.popular(9))}/${random.pick(DISTRIBUTORS)}`;
  const kind = random.next();
  if (kind < 0.8) return `${stream}/${random.pick(LINES)}/chunk_${random.below(100_000)}.ts`;
  if (kind < 0.85) return `${stream}/playlist_${random.pick(SIZES)}.m3u8`;
  if (kind < 0.93) return `${stream}/${random.pick(LINES)}/chunklist.m3u8?s=${random.text(8)}`;
  if (kind < 0.96) return `${stream}/live.m3u8`;
  if (kind < 0.97) return `${stream}/${random.below(10)}.m3u8`;
  return kind < 0.985 ? `/favicon.ico?${random.text(4)}` : `/assets/logo-${random.below(9)}.png`;
};

const inventRequest = (random: Random, at: Date): InventedRequest => ({
  at,
  status: random.chance(0.05) ? 206 : random.chance(0.02) ? 404 : 200,
  url: inventUrl(random),
  geo: random.chance(0.02) ? undefined : PLACES[random.popular(PLACES.length)],
  headerBytes: 300 + random.below(500),
  bodyBytes: random.below(2_000_000),
  hops: random.chance(0.02) ? undefined : random.chance(0.1) ? 1 + random.below(2) : 0,
});

const lineOf = (request: InventedRequest, random: Random): string => {
  const { at, status, url, geo, headerBytes, bodyBytes, hops } = request;
  return JSON.stringify({
    timestamp: stamp(at),
    client_ip: `203.0.113.${random.below(256)}`,
    initial_status: String(status),
    final_status: String(status),
    user_agent: `Player/${random.below(20)}`,
    url,
    ...(geo !== undefined && { geo }),
    response_header_size: String(headerBytes),
    response_body_size: String(bodyBytes),
    client_request: hops === undefined ? '' : String(hops),
    DNT: random.chance(0.1) ? '1' : '',
  });
};

interface Tally {
  files: number;
  bytes: number;
  requests: number;
  nextDay: number;
  repeated: number;
  readonly rejected: Record<string, number>;
}

/** Writes the lines of one file. @returns its text, and what of it can't be used */
const writeFileText = (options: FastlyDayOptions, index: number, tally: Tally) => {
  const { date, files, requestsPerFile, seed, dirty = true, onRequest } = options;
  const random = randomFrom(seedOf(seed, index, Date.parse(date) / 86_400_000));
  const opened = Date.parse(`${date}T00:00:00Z`) + Math.floor((index / files) * 86_400_000);
  const lineEnd = dirty && index % 5 === 1 ? '\r\n' : '\n';
  const rejected: Record<string, number> = {};
  let requests = 0;
  let text = '';
  for (let i = 0; i < requestsPerFile; i++) {
    if (dirty && random.chance(0.002)) {
      rejected['not-json'] = (rejected['not-json'] ?? 0) + 1;
      text += random.pick(BROKEN) + lineEnd;
    }
    // Lines are not in order, and the last file of a day reaches into the next.
    const request = inventRequest(
      random,
      new Date(opened + 1000 * Math.floor((random.next() * 90_000) / files)),
    );
    let line = lineOf(request, random);
    // A backslash that the format did not escape.
    if (dirty && random.chance(0.002)) line = line.replace('"Player/', '"Player\\d/');
    if (dirty && index % 7 === 3) line = `<134>${request.at.toISOString()} cache-ams21 logs[7]: ${line}`;
    text += line + lineEnd;
    requests += 1;
    tally.requests += 1;
    if (request.at.toISOString().slice(0, 10) !== date) tally.nextDay += 1;
    onRequest?.(request);
  }
  return { text, rejected, requests, opened };
};

/**
 * Writes a day of Fastly logs: gzip and plain files below `logs/YYYY/MM/DD/`, one of them (if dirty) twice
 * under two names. Equal options give equal bytes.
 * @returns what the day holds
 */
export const generateFastlyDay = async (options: FastlyDayOptions): Promise<FastlyTruth> => {
  const { folder, date, files, dirty = true } = options;
  const tally: Tally = { files: 0, bytes: 0, requests: 0, nextDay: 0, repeated: 0, rejected: {} };
  const store = async (key: string, content: Buffer, rejected: Readonly<Record<string, number>>) => {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), content);
    tally.files += 1;
    tally.bytes += content.length;
    for (const [reason, count] of Object.entries(rejected))
      tally.rejected[reason] = (tally.rejected[reason] ?? 0) + count;
  };
  for (let index = 0; index < files; index++) {
    const { text, rejected, requests, opened } = writeFileText(options, index, tally);
    options.onText?.(text);
    const isGzip = index % 3 !== 2;
    const content = isGzip ? await compress(text, { level: 3 }) : Buffer.from(text);
    const time = new Date(opened).toISOString().slice(11, 19);
    const name = (edge: number): string =>
      `logs/${date.replaceAll('-', '/')}/${time}.000-edge${edge}.log${isGzip ? '.gz' : ''}`;
    await store(name(index), content, rejected);
    if (!dirty || index !== 0) continue;
    await store(name(1000), content, rejected);
    tally.repeated += requests;
  }
  return { date, ...tally };
};
