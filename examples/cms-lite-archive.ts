import { mkdir, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { dirname, join } from 'node:path';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { randomFrom, seedOf, type Random } from './random.ts';

export interface CmsLiteArchiveOptions {
  /** Stands for the bucket: the archive lies in it at `client/cmslite_gdx/<name>`. */
  readonly folder: string;
  readonly name: string;
  /** The day on which CMS Lite wrote it, `YYYY-MM-DD`. */
  readonly date: string;
  /** Rows of activity; the other files have fewer. */
  readonly rows: number;
  readonly seed: number;
  /** With the faults of real files (default), or every row whole. */
  readonly dirty?: boolean;
  /** Told of each row that can be used. */
  readonly onRow?: (row: InventedRow) => void;
}

export type InventedValue = string | boolean | null;

/** A row by the names of its columns; times as `YYYY-MM-DD hh:mm:ss.ffffff`. */
export interface InventedRow {
  readonly file: CmsLiteFile;
  readonly values: Readonly<Record<string, InventedValue>>;
}

export type CmsLiteFile =
  'analytics_user_group' | 'analytics_group' | 'analytics_user_activity' | 'analytics_user_status';

/** What an archive holds, counted while it was written. */
export interface CmsLiteTruth {
  readonly archive: string;
  /** Of the archive, and of the files in it. */
  readonly bytes: number;
  readonly unpackedBytes: number;
  /** Rows that can be used, by file. */
  readonly rows: Readonly<Record<CmsLiteFile, number>>;
  /** Rows that can't, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Headers in the midst of a file. */
  readonly repeatedHeaders: number;
}

const TOPICS = [
  'Health',
  'Forests & Lands',
  'Éducation',
  'Transport | Roads',
  'Say "hello"',
  '健康',
] as const;
const KINDS = ['PAGE_PUBLISHED', 'LOGIN', 'PAGE_SAVED', 'ASSET_UPLOADED', 'LOGOUT'] as const;
const STATES = ['active', 'inactive', 'pending'] as const;
const FAULTY = 0.003;

const two = (number: number): string => String(number).padStart(2, '0');

const inventTime = (random: Random, date: string): string => {
  const [hour, minute, second] = [random.below(24), random.below(60), random.below(60)];
  return `${date} ${two(hour)}:${two(minute)}:${two(second)}.${String(random.below(1000)).padStart(3, '0')}000`;
};

const inventMemo = (random: Random): string | null => {
  const kind = random.next();
  if (kind < 0.2) return null;
  if (kind < 0.3) return '-';
  if (kind < 0.34) return `Note of ${random.below(99)}\nsecond line, with comma`;
  const topic = random.pick(TOPICS);
  return kind < 0.5
    ? `Publish - ${topic}`
    : `Publish - ${topic} Group ${random.popular(50)} - page ${random.below(9999)}`;
};

type Invent = (random: Random, index: number, date: string) => Readonly<Record<string, InventedValue>>;

const INVENT: Readonly<Record<CmsLiteFile, Invent>> = {
  analytics_user_activity: (random, _index, date) => ({
    user_id: `u-${random.popular(5000)}`,
    user_idir: `IDIR\\${random.text(7, 'ABCDEFGHIJ')}`,
    activity_type: random.pick(KINDS),
    memo: inventMemo(random),
    activity_date: inventTime(random, date),
  }),
  analytics_user_group: (random, index) => ({
    id: `ug-${index}`,
    user_id: `u-${index % 5000}`,
    email: random.chance(0.1) ? null : `person${index}@example.com`,
    group_id: `g-${random.popular(200)}`,
    group_name: random.pick(TOPICS),
    site_key: random.chance(0.2) ? null : random.text(8),
    is_group_mgr: random.chance(0.1),
  }),
  analytics_group: (random, index) => ({
    id: `g-${index}`,
    name: `${random.pick(TOPICS)} ${index}`,
    active: random.chance(0.9),
    site_key: random.text(8),
  }),
  analytics_user_status: (random, index, date) => ({
    id: `s-${index}`,
    organization: random.chance(0.1) ? null : `Org ${random.below(20)}`,
    user_id: `u-${index}`,
    user_name: `Person ${index}`,
    email: `person${index}@example.com`,
    created_dt: inventTime(random, date),
    status: random.pick(STATES),
  }),
};

/** Rows of each file for one row of activity. */
const SHARES: readonly (readonly [CmsLiteFile, number])[] = [
  ['analytics_user_activity', 1],
  ['analytics_user_group', 0.2],
  ['analytics_group', 0.02],
  ['analytics_user_status', 0.1],
];

const field = (value: InventedValue): string => {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Ways in which a row can't be used, with the reason that it is rejected for. */
const spoil = (
  random: Random,
  file: CmsLiteFile,
  fields: readonly string[],
): readonly [reason: string, line: Buffer] => {
  const [first = '', ...rest] = fields;
  const of = (...parts: readonly string[]): Buffer => Buffer.from(parts.join(','));
  const ways: [readonly [string, Buffer], ...(readonly [string, Buffer])[]] = [
    ['wrong-column-count', of(first, ...rest, 'more')],
    ['wrong-column-count', of(first)],
    ['bad-quote', of(`"${first}"x`, ...rest)],
    ['nul-character', of(`${first}\0`, ...rest)],
    ['not-text', Buffer.concat([Buffer.from([0xff, 0xfe]), of(first, ...rest)])],
    ['text-too-long', of('x'.repeat(300), ...rest)],
  ];
  if (file === 'analytics_user_activity')
    ways.push(['not-a-timestamp', of(...fields.slice(0, -1), '2023-02-30 00:00:00.0')]);
  else ways.push(['value-missing', of('', ...rest)]);
  return random.pick(ways);
};

interface Tally {
  readonly rows: Record<CmsLiteFile, number>;
  readonly rejected: Record<string, number>;
  repeatedHeaders: number;
}

const csvOf = (options: CmsLiteArchiveOptions, file: CmsLiteFile, count: number, tally: Tally): Buffer => {
  const { date, seed, dirty = true, onRow } = options;
  const place = SHARES.findIndex(([name]) => name === file);
  const random = randomFrom(seedOf(seed, place, Date.parse(date) / 86_400_000));
  const lineEnd = dirty && place % 2 === 1 ? '\r\n' : '\n';
  const pieces: Buffer[] = dirty && place === 0 ? [Buffer.from('\ufeff')] : [];
  let text = '';
  const write = (line: Buffer): void => {
    pieces.push(Buffer.from(text), line);
    text = lineEnd;
  };
  const header = Object.keys(INVENT[file](randomFrom(0), 0, date))
    .join(',')
    .toUpperCase();
  text += header + lineEnd;
  for (let index = 0; index < count; index++) {
    const values = INVENT[file](random, index, date);
    const fields = Object.values(values).map(field);
    if (dirty && random.chance(FAULTY)) {
      const [reason, line] = spoil(random, file, fields);
      tally.rejected[reason] = (tally.rejected[reason] ?? 0) + 1;
      write(line);
      continue;
    }
    text += fields.join(',') + lineEnd;
    tally.rows[file] += 1;
    onRow?.({ file, values });
    if (dirty && index === Math.floor(count / 2) && place === 0) {
      text += header + lineEnd;
      tally.repeatedHeaders += 1;
    }
    if (text.length > 1 << 20) {
      pieces.push(Buffer.from(text));
      text = '';
    }
  }
  pieces.push(Buffer.from(text));
  return Buffer.concat(pieces);
};

/**
 * Writes an archive as CMS Lite delivers them: four files of CSV, with (if dirty) rows that can't be used, CRLF,
 * a byte order mark, and what macOS adds. Equal options give equal bytes.
 * @returns what it holds
 */
export const generateCmsLiteArchive = async (options: CmsLiteArchiveOptions): Promise<CmsLiteTruth> => {
  const { folder, name, date, rows, seed, dirty = true } = options;
  const zero = {
    analytics_user_group: 0,
    analytics_group: 0,
    analytics_user_activity: 0,
    analytics_user_status: 0,
  };
  const tally: Tally = { rows: zero, rejected: {}, repeatedHeaders: 0 };
  const tar = pack();
  const packed = buffer(tar.pipe(createGzip({ level: 3 })));
  const mtime = new Date(`${date}T06:00:00Z`);
  const add = (path: string, content: Buffer): void =>
    void tar.entry({ name: path, mtime, mode: 0o644 }, content);
  let unpackedBytes = 0;
  for (let place = 0; place < SHARES.length; place++) {
    // The order of the files says nothing.
    const [file, share] = SHARES[(place + seed) % SHARES.length] ?? ['analytics_group', 0];
    const csv = csvOf(options, file, Math.max(3, Math.round(rows * share)), tally);
    if (dirty) add(`./._${file}.csv`, Buffer.from('Mac OS X'));
    add(`./${file}.csv`, csv);
    unpackedBytes += csv.length;
  }
  tar.finalize();
  const archive = await packed;
  const path = join(folder, 'client', 'cmslite_gdx', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, archive);
  return { archive: name, bytes: archive.length, unpackedBytes, ...tally };
};
