import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DIMENSIONS } from '../../examples/freewheel/catalogue.ts';
import { generateFreewheelDay, type DayTruth } from '../../examples/freewheel-day.ts';

const DAY = { date: '2026-02-28', networkId: '171213', files: 12, megabytesPerFile: 0.4, seed: 3 };
const KEYS = join('171213', 'v4logs', '2026-02-28');

type Row = Record<string, string>;

let folder: string;
let truth: DayTruth;
const files: ({ readonly name: string; readonly text: string } & ReturnType<typeof shape>)[] = [];

const shape = (text: string): { header: string[]; rows: Row[]; misshapen: string[][] } => {
  const [header = [], ...lines] = parse(text, {
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const whole = lines.filter((line) => line.length === header.length);
  return {
    header,
    rows: whole.map((line) => Object.fromEntries(header.map((column, index) => [column, line[index] ?? '']))),
    misshapen: lines.filter((line) => line.length !== header.length),
  };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-day-'));
  truth = await generateFreewheelDay({ ...DAY, folder });
  for (const name of (await readdir(join(folder, KEYS))).sort()) {
    const text = gunzipSync(await readFile(join(folder, KEYS, name))).toString();
    files.push({ name, text, ...shape(text) });
  }
});

afterAll(() => rm(folder, { recursive: true }));

const WHOLE = /^\d+(\.0)?$/;
const NUMBERS = ['MaxAds', 'MaxDuration', 'TimeUnfilled', 'AdsSelected', 'AdDuration'];
const usable = (row: Row): boolean =>
  row['EventName'] === 'slotImpression' &&
  row['TransactionId'] !== '' &&
  NUMBERS.every((column) => WHOLE.test(row[column]!));

describe('a generated FreeWheel day', () => {
  test('has the key names of FreeWheel, with the hour as stamp', () => {
    expect(files).toHaveLength(12);
    expect(files[0]?.name).toBe('V4-171213-2026022800-hash-0001.csv.gz');
    expect(files[11]?.name).toBe('V4-171213-2026022822-hash-0012.csv.gz');
  });

  test('comes to the figures that the generator counted', () => {
    const slots = files.flatMap(({ rows }) => rows.filter(usable));
    expect(slots).toHaveLength(truth.slots);
    const midrolls = slots.filter((row) => row['TimePositionClass']!.trim().toLowerCase() === 'midroll');
    const sum = (column: string): number => midrolls.reduce((total, row) => total + Number(row[column]), 0);
    expect(truth.classes['midroll']?.sums).toEqual({
      breaks: midrolls.length,
      maxAds: sum('MaxAds'),
      maxDuration: sum('MaxDuration'),
      timeUnfilled: sum('TimeUnfilled'),
      adsSelected: sum('AdsSelected'),
      adDuration: sum('AdDuration'),
    });
    const ids = new Map<string, number>();
    for (const row of midrolls) {
      const id = row['SeriesId']!.trim()
        .replace(/\.0$/, '')
        .replace(/^(nan)?$/, 'unknown');
      ids.set(id, (ids.get(id) ?? 0) + 1);
    }
    const counted = Object.entries(truth.classes['midroll']!.items.series);
    expect(new Map(counted.map(([id, { breaks }]) => [id, breaks]))).toEqual(ids);
  });

  test('counts every row, and every slot row that cannot be used', () => {
    const misshapen = files.flatMap(({ misshapen: lines }) => lines);
    const slots = files.flatMap(({ rows }) => rows.filter((row) => row['EventName'] === 'slotImpression'));
    const { number, 'transaction-id': transaction, 'field-count': fields } = truth.rejected;
    expect(number + transaction).toBe(slots.length - truth.slots);
    expect(number).toBeGreaterThan(0);
    expect(fields + truth.malformedOthers).toBe(misshapen.length);
    expect(files.flatMap(({ rows }) => rows).length + misshapen.length).toBe(truth.rows);
  });

  test('has the quirks of real files', () => {
    expect(new Set(files.map(({ header }) => header.join())).size).toBeGreaterThan(1);
    const all = files.map(({ text }) => text).join('');
    for (const quirk of [
      '"Paris, 11e"',
      '""Vieux""',
      'MIDROLL',
      'pause_midroll',
      '.0,',
      'videoslotImpression',
    ]) {
      expect(all).toContain(quirk);
    }
    expect(files.flatMap(({ rows }) => rows).some((row) => row['AllRequestKV']?.includes('\n'))).toBe(true);
    const slotsOfTransaction = new Map<string, number>();
    for (const row of files.flatMap(({ rows }) => rows.filter(usable))) {
      const id = row['TransactionId']!;
      slotsOfTransaction.set(id, (slotsOfTransaction.get(id) ?? 0) + 1);
    }
    expect(Math.max(...slotsOfTransaction.values())).toBeGreaterThan(1);
  });

  test('names about 95 % of the ids that can occur', () => {
    const named = Object.keys(truth.names.series).length;
    expect(named / 2000).toBeCloseTo(0.95, 1);
    expect(named).toBeLessThan(2000);
  });

  test('is the same for the same seed, and without a fault when it is to be clean', async () => {
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    const small = { ...DAY, files: 2, megabytesPerFile: 0.05 };
    const again = await mkdtemp(join(tmpdir(), 'peaches-day-'));
    try {
      const read = async (run: string): Promise<string[]> => {
        const names = (await readdir(join(again, run, KEYS))).sort();
        return Promise.all(names.map(async (name) => digest(await readFile(join(again, run, KEYS, name)))));
      };
      const first = await generateFreewheelDay({ ...small, folder: join(again, 'a') });
      expect(await generateFreewheelDay({ ...small, folder: join(again, 'b') })).toEqual(first);
      expect(await read('a')).toEqual(await read('b'));
      const clean = await generateFreewheelDay({ ...small, folder: join(again, 'c'), dirty: false });
      expect(clean.rejected).toEqual({ number: 0, 'transaction-id': 0, 'field-count': 0 });
      for (const dimension of DIMENSIONS) {
        expect(clean.classes['midroll']?.items[dimension]).not.toHaveProperty('unknown');
      }
    } finally {
      await rm(again, { recursive: true });
    }
  });
});
