import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pLimit from 'p-limit';
import { layoutFrom } from './freewheel/columns.ts';
import { randomFrom, seedOf } from './random.ts';
import { writeTransaction, type LogFile } from './freewheel/transactions.ts';
import { newTally, type DayTruth, type Tally } from './freewheel/truth.ts';

export type { DayTruth } from './freewheel/truth.ts';

export interface FreewheelDayOptions {
  /** Stands for the bucket `fw-prod-v4logs`: keys below it are as FreeWheel writes them. */
  readonly folder: string;
  /** The day in UTC, `YYYY-MM-DD`. */
  readonly date: string;
  readonly networkId: string;
  readonly files: number;
  /** Mean size of a file before compression, in millions of bytes; single files vary by 40 %. */
  readonly megabytesPerFile: number;
  readonly seed: number;
  /** With the faults of real files (default), or every row whole. */
  readonly dirty?: boolean;
  /** Slot rows always have the header's number of fields, for readers that can't tell (default: no). */
  readonly wholeSlots?: boolean;
}

/** Rows that wait to be mixed, as the events of viewers at the same time are mixed in a real log. */
const MIXED_ROWS = 200;
const FLUSH_CHARACTERS = 1 << 18;
const FILES_AT_ONCE = 3;

/** The text of one file in pieces: events leave in mixed order, the file ends at its size. */
function* textOf(options: FreewheelDayOptions, index: number, tally: Tally): Generator<Buffer> {
  const random = randomFrom(seedOf(options.seed, index, Date.parse(options.date) / 86_400_000));
  const dirty = options.dirty ?? true;
  const layout = layoutFrom(random);
  const lineEnd = dirty && random.chance(0.05) ? '\r\n' : '\n';
  const size = options.megabytesPerFile * 1e6 * (0.6 + 0.8 * random.next());
  let text = `${dirty && random.chance(0.05) ? '\ufeff' : ''}${layout.header.join(',')}${lineEnd}`;
  let bytes = 0;
  const waiting: string[] = [];
  const file: LogFile = {
    random,
    layout,
    tally,
    dirty,
    wholeSlots: options.wholeSlots ?? false,
    networkId: options.networkId,
    hour: Date.parse(options.date) + hourOf(options, index) * 3_600_000,
    decimalIds: dirty && random.chance(0.1),
    emit: (row) => {
      if (waiting.length === MIXED_ROWS) {
        const [leaving = ''] = waiting.splice(random.below(MIXED_ROWS), 1);
        text += leaving + lineEnd;
      }
      waiting.push(row);
    },
    blankLine: () => {
      text += lineEnd;
      tally.blankLines += 1;
    },
  };
  const flush = (): Buffer => {
    const piece = Buffer.from(text);
    bytes += piece.length;
    tally.bytes += piece.length;
    text = '';
    return piece;
  };
  do {
    writeTransaction(file);
    if (text.length >= FLUSH_CHARACTERS) yield flush();
  } while (bytes + text.length < size);
  for (const row of waiting) text += row + lineEnd;
  yield flush();
}

const hourOf = ({ files }: FreewheelDayOptions, index: number): number => Math.floor((index * 24) / files);

const keyOf = (options: FreewheelDayOptions, index: number): string => {
  const stamp = `${options.date.replaceAll('-', '')}${String(hourOf(options, index)).padStart(2, '0')}`;
  const part = String(index + 1).padStart(4, '0');
  return join(
    options.networkId,
    'v4logs',
    options.date,
    `V4-${options.networkId}-${stamp}-hash-${part}.csv.gz`,
  );
};

/**
 * Writes the FreeWheel V4 logs of one invented day as gzip CSV files. Memory stays flat whatever the
 * size; equal options give equal files.
 * @returns what the files come to, by class and item, and the dictionaries of names
 */
export const generateFreewheelDay = async (options: FreewheelDayOptions): Promise<DayTruth> => {
  const tally = newTally();
  const limit = pLimit(FILES_AT_ONCE);
  const write = async (index: number): Promise<void> => {
    const path = join(options.folder, keyOf(options, index));
    await pipeline(
      Readable.from(textOf(options, index, tally), { highWaterMark: 1 }),
      createGzip({ level: 4, chunkSize: 1 << 18 }),
      createWriteStream(path),
    );
    const { size } = await stat(path);
    tally.compressedBytes += size;
  };
  await mkdir(join(options.folder, options.networkId, 'v4logs', options.date), { recursive: true });
  await Promise.all(Array.from({ length: options.files }, (_, index) => limit(write, index)));
  return tally.truth({ date: options.date, networkId: options.networkId, files: options.files });
};
