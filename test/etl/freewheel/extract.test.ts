import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { stageOf } from '../support/feed-folder.ts';
import { DATE, FreewheelFolder, NETWORK } from './support/day.ts';
import { csv, gzipped, slot, WORKED_EXAMPLE } from './support/log.ts';

let folder: FreewheelFolder;
beforeEach(() => {
  folder = new FreewheelFolder();
});
afterEach(() => folder.remove());

const text = csv(WORKED_EXAMPLE);
const RAW = `freewheel-logs/raw/date=${DATE}/`;

const extract = async (params = {}) => stageOf(await folder.run(params, { stage: 'extract' }), 'extract');

describe('copies', () => {
  test('are the same bytes under the whole name below the date', async () => {
    const [first, second] = [gzipped(text), gzipped(csv([slot()]))];
    await folder.deliver('stamp/2022072509/part-0001.csv.gz', first);
    await folder.deliver('stamp/2022072510/part-0001.csv.gz', second);
    await folder.deliver('_SUCCESS', '');
    await folder.deliver('part.csv.gz', first, '2022-07-26');
    expect(await extract()).toMatchObject({ units: 2, bytesOut: first.length + second.length });
    expect(await folder.files(RAW)).toEqual([
      'stamp/2022072509/part-0001.csv.gz',
      'stamp/2022072510/part-0001.csv.gz',
    ]);
    expect(await readFile(folder.path(`${RAW}stamp/2022072509/part-0001.csv.gz`))).toEqual(first);
    expect(await readFile(folder.path(`${RAW}stamp/2022072510/part-0001.csv.gz`))).toEqual(second);
    expect(await extract()).toMatchObject({ units: 0 });
  });

  test('take over damaged files as they are: slots will judge them', async () => {
    const broken = gzipped(text).subarray(0, 50);
    await folder.deliver('a.csv.gz', broken);
    expect(await extract()).toMatchObject({ units: 1, unitsFailed: 0 });
    expect(await readFile(folder.path(`${RAW}a.csv.gz`))).toEqual(broken);
  });

  test('are made anew when the source file is replaced', async () => {
    await folder.deliver('a.csv.gz', gzipped(text));
    await extract();
    await folder.deliver('a.csv.gz', gzipped(csv([slot()])));
    expect(await extract()).toMatchObject({ units: 1 });
    expect(await readFile(folder.path(`${RAW}a.csv.gz`))).toEqual(gzipped(csv([slot()])));
  });
});

describe('rawFormat csv', () => {
  test('keeps decompressed files, with equal figures', async () => {
    await folder.deliver('a.csv.gz', gzipped(text));
    const zipped = await folder.run();
    const plain = await folder.run({ rawFormat: 'csv' });
    expect(await folder.files(RAW)).toEqual(['a.csv']);
    expect(await readFile(folder.path(`${RAW}a.csv`), 'utf8')).toBe(text);
    expect(await folder.files(`freewheel-logs/slots/date=${DATE}/`)).toContain('a.csv.parquet');
    expect(stageOf(plain, 'slots').rowsOut).toBe(stageOf(zipped, 'slots').rowsOut);
  });

  test('a damaged file is quarantined here', async () => {
    await folder.deliver('a.csv.gz', gzipped(text).subarray(0, 50));
    expect(await extract({ rawFormat: 'csv' })).toMatchObject({
      unitsFailed: 1,
      failures: [{ unit: 'a.csv.gz', reason: 'gzip-truncated' }],
    });
    expect(await folder.files(RAW)).toEqual([]);
    const quarantine = `operations/quarantine/freewheel/extract/date=${DATE}/`;
    expect(await folder.files(quarantine)).toEqual(['a.csv.gz', 'a.csv.gz.reason.json']);
  });
});

describe('what is not there', () => {
  test('a network that the bucket does not know is an error with its id', async () => {
    await folder.deliver('a.csv.gz', gzipped(text));
    await expect(folder.run({ networkId: '999' })).rejects.toMatchObject({
      code: 'NO_SUCH_NETWORK',
      message: expect.stringContaining('999'),
    });
  });

  test('an empty day of a known network is no error', async () => {
    await folder.deliver('a.csv.gz', gzipped(text), '2022-07-24');
    expect(await extract()).toMatchObject({ units: 0, unitsFailed: 0 });
  });

  test('no bucket at all is an error, unless raw files were put there by hand', async () => {
    await expect(folder.run()).rejects.toMatchObject({ code: 'BUCKET_NOT_FOUND' });
    await folder.put(`${RAW}by-hand.csv.gz`, gzipped(text));
    const report = await folder.run();
    expect(stageOf(report, 'extract').units).toBe(0);
    expect(stageOf(report, 'slots')).toMatchObject({ units: 1, rowsOut: 3 });
  });

  test('the network id is digits', async () => {
    await expect(folder.run({ networkId: `${NETWORK}/..` })).rejects.toThrow('digits');
  });
});
