import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../../examples/random.ts';
import { generateFreewheelDay } from '../../examples/freewheel-day.ts';
import { callIn, startIn } from './support/command-line.ts';

jest.setTimeout(5 * 60_000);

const DATE = '2026-01-15';
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const shares = Array.from({ length: 4 }, () => Number(random.next().toFixed(3)));

/** What says when and how often it was worked, and so differs between two runs of the same work. */
const HISTORY = /\/operations\/(ledger|runs)\//;

const withoutInstant = (text: string): string => text.replace(/"asOf":"[^"]*"/g, '"asOf":""');

/** Every object by its key. */
const objectsOf = async (folder: string): Promise<Record<string, string>> => {
  const entries = await readdir(join(folder, 'store'), { recursive: true, withFileTypes: true });
  const objects: Record<string, string> = {};
  for (const file of entries.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    if (HISTORY.test(path)) continue;
    const bytes = await readFile(path);
    objects[relative(folder, path)] = path.endsWith('.json')
      ? withoutInstant(bytes.toString())
      : bytes.toString('base64');
  }
  return Object.fromEntries(Object.entries(objects).sort());
};

/** The rows of the capacity table, sorted. */
const rowsOf = async (folder: string): Promise<string[]> => {
  const instance = await DuckDBInstance.create(join(folder, 'warehouse.duckdb'), {
    access_mode: 'READ_ONLY',
  });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll('SELECT * FROM freewheel_capacity');
    return reader
      .getRowObjectsJson()
      .map((row) => JSON.stringify(row))
      .sort();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

describe(`run killed at any moment (SEED=${seed})`, () => {
  let root: string;
  let clean: string;
  let milliseconds: number;
  const argv = (folder: string) => [
    ...['run', 'freewheel', '--date', DATE, '--local', folder],
    ...['--set', 'freewheel.networkId=171213', '--json'],
  ];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-killed-run-'));
    clean = join(root, 'clean');
    await generateFreewheelDay({
      folder: join(clean, 'store', 'fw-prod-v4logs'),
      date: DATE,
      networkId: '171213',
      files: 12,
      megabytesPerFile: 1,
      seed,
      dirty: true,
    });
    await cp(clean, join(root, 'delivered'), { recursive: true });
    const started = performance.now();
    expect(await callIn(root, argv(clean))).toMatchObject({ status: 0 });
    milliseconds = performance.now() - started;
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test.each(shares)('after kill -9 at %d of it the same command ends in the same state', async (share) => {
    const folder = join(root, `killed-${share}`);
    await cp(join(root, 'delivered'), folder, { recursive: true });
    const killed = startIn(root, argv(folder));
    await Promise.race([sleep(share * milliseconds), killed]);
    killed.kill('SIGKILL');
    await killed;
    expect(await callIn(root, argv(folder))).toMatchObject({ status: 0 });
    const [ours, theirs] = [await objectsOf(folder), await objectsOf(clean)];
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    expect(Object.keys(ours).filter((key) => ours[key] !== theirs[key])).toEqual([]);
    expect(await rowsOf(folder)).toEqual(await rowsOf(clean));
  });
});
