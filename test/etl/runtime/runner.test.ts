import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { failed } from '../../../errors/errors.ts';
import { readRunRecords } from '../../../etl/runtime/run-records.ts';
import { copy, sum, toyFeed } from './support/toy-feed.ts';
import { DAY, openToyPlace, type ToyPlace } from './support/toy-place.ts';

let toy: ToyPlace;

beforeEach(async () => {
  toy = await openToyPlace();
  await toy.input('a', '1\n2\n');
  await toy.input('b', '3\n\n');
});
afterEach(() => toy.remove());

const total = async (): Promise<unknown> => JSON.parse(await toy.read(`toy-data/sums/${DAY}.json`));

const records = (stage: string) => readRunRecords(toy.place.store, 'operations', 'toy', stage, DAY);

describe('a run', () => {
  test('works every unit, counts rows and bytes, and names its outputs', async () => {
    const report = await toy.run();
    expect(await total()).toEqual({ date: DAY, total: 6 });
    expect(report.incomplete).toBe(false);
    expect(report.stages[0]).toMatchObject({
      ...{ stage: 'copy', units: 2, unitsFailed: 0, rowsIn: 4, rowsOut: 3, rowsRejected: 0, rowsDropped: 1 },
      ...{ bytesIn: 7, bytesOut: 6, dropped: { empty: 1 } },
      outputs: [`toy-data/raw/${DAY}/a`, `toy-data/raw/${DAY}/b`],
    });
  });

  test('does nothing the second time and changes no output', async () => {
    await toy.run();
    const before = await toy.etags('toy-data');
    const report = await toy.run();
    expect(report.stages.map(({ units, outputs }) => ({ units, outputs }))).toEqual([
      { units: 0, outputs: [] },
      { units: 0, outputs: [] },
    ]);
    expect(await toy.etags('toy-data')).toEqual(before);
  });

  test('picks up a late unit and what depends on it, nothing else', async () => {
    await toy.run();
    await toy.input('c', '10\n');
    const report = await toy.run();
    expect(report.stages.map(({ units }) => units)).toEqual([1, 1]);
    expect(await total()).toEqual({ date: DAY, total: 16 });
  });

  test('leaves a run record a stage, also when there was nothing to do', async () => {
    const first = await toy.run();
    const second = await toy.run(undefined, { version: 'sha256:2' });
    expect(
      (await records('copy')).map(({ run, status, units, version }) => [run, status, units, version]),
    ).toEqual([
      [first.run, 'done', 2, 'unversioned'],
      [second.run, 'done', 0, 'sha256:2'],
    ]);
  });

  test('removes its scratch folder', async () => {
    await toy.run();
    expect(await readdir(join(toy.dir, 'scratch'))).toEqual([]);
    expect(await readdir(join(toy.dir, 'store', '.tmp'))).toEqual([]);
  });

  test('of one stage knows of failures in the stages before it', async () => {
    await toy.input('b', 'BROKEN');
    await toy.run(undefined, { stage: 'copy' });
    const report = await toy.run(undefined, { stage: 'sum' });
    expect(report.incomplete).toBe(true);
    expect(await total()).toEqual({ date: DAY, total: 3, incomplete: true });
  });

  test('of a stage that does not exist is a usage error', async () => {
    await expect(toy.run(undefined, { stage: 'nothing' })).rejects.toMatchObject({ code: 'UNKNOWN_STAGE' });
  });
});

describe('a unit that fails', () => {
  test('stops nothing else; the day is incomplete until it is mended', async () => {
    await toy.input('b', 'BROKEN');
    const first = await toy.run();
    expect(first.incomplete).toBe(true);
    expect(first.stages[0]).toMatchObject({
      ...{ units: 2, unitsFailed: 1 },
      failures: [{ unit: `${DAY}/b`, reason: 'toy-broken', detail: `${DAY}/b is broken.` }],
    });
    expect(await total()).toEqual({ date: DAY, total: 3, incomplete: true });

    const again = await toy.run();
    expect(again).toMatchObject({ incomplete: true, stages: [{ units: 0, unitsFailed: 1 }, { units: 0 }] });

    await toy.input('b', '4\n');
    const mended = await toy.run();
    expect(mended).toMatchObject({ incomplete: false, stages: [{ units: 1, unitsFailed: 0 }, { units: 1 }] });
    expect(await total()).toEqual({ date: DAY, total: 7 });
  });

  test('is kept in quarantine with its reason until it is mended', async () => {
    await toy.input('b', 'BROKEN');
    await toy.run();
    const quarantine = `operations/quarantine/toy/copy/date=${DAY}/${DAY}/b`;
    expect(await toy.read(quarantine)).toBe('BROKEN');
    expect(JSON.parse(await toy.read(`${quarantine}.reason.json`))).toMatchObject({
      ...{ source: `numbers-of-others/out/${DAY}/b`, reason: 'toy-broken' },
    });
    await toy.input('b', '4\n');
    await toy.run();
    expect(
      Object.keys(await toy.contents('operations')).filter((key) => key.startsWith('quarantine/')),
    ).toEqual([]);
  });

  test('after it had been done takes its outputs with it', async () => {
    await toy.run();
    await toy.input('a', 'BROKEN');
    await toy.run();
    expect(Object.keys(await toy.contents('toy-data'))).toEqual([`raw/${DAY}/b`, `sums/${DAY}.json`]);
    expect(await total()).toEqual({ date: DAY, total: 3, incomplete: true });
  });

  test('is forgotten when its input is withdrawn', async () => {
    await toy.input('b', 'BROKEN');
    await toy.run();
    await toy.withdraw('b');
    expect((await toy.run()).incomplete).toBe(false);
    expect(await total()).toEqual({ date: DAY, total: 3 });
  });

  test('for a fault of the code is tried again by the next run, which recovers', async () => {
    await toy.run();
    await toy.input('b', '4\n');
    const faulty = toyFeed({
      copyCode: {
        open: () =>
          Promise.resolve({
            work: () => Promise.reject(new TypeError('undefined is not a function')),
            close: () => Promise.resolve(),
          }),
      },
    });
    const first = await toy.run(faulty);
    expect(first.stages[0]).toMatchObject({ unitsFailed: 1, failures: [{ reason: 'unexpected-error' }] });
    expect(await total()).toEqual({ date: DAY, total: 3, incomplete: true });

    const mended = await toy.run();
    expect(mended).toMatchObject({ incomplete: false, stages: [{ units: 1, unitsFailed: 0 }, { units: 1 }] });
    expect(await total()).toEqual({ date: DAY, total: 7 });
  });

  test('is tried again by another version of the code', async () => {
    await toy.input('b', 'BROKEN');
    await toy.run(undefined, { version: '1' });
    expect((await toy.run(undefined, { version: '1' })).stages[0]!.units).toBe(0);
    expect((await toy.run(undefined, { version: '2' })).stages[0]!.units).toBe(1);
  });

  test('E13: by a transient error is tried again in place, then by the next run', async () => {
    let calls = 0;
    const flaky = toyFeed({
      copyCode: {
        open: async (context) => {
          const work = await copy.open(context);
          return {
            ...work,
            work: (unit, ports) => {
              if (!unit.id.endsWith('a')) return work.work(unit, ports);
              calls += 1;
              return Promise.reject(Object.assign(new Error('slow down'), { name: 'SlowDown' }));
            },
          };
        },
      },
    });
    expect((await toy.run(flaky)).stages[0]).toMatchObject({ units: 2, unitsFailed: 1 });
    expect(calls).toBe(3);
    expect(await toy.run()).toMatchObject({ incomplete: false, stages: [{ units: 1 }, { units: 1 }] });
  });
});

describe('rows', () => {
  test('that are rejected go to quarantine with file, row and reason', async () => {
    await toy.input('a', '1\nx\n2\n');
    const report = await toy.run(toyFeed({ copy: { rejectLimit: { share: 0.5, fromRows: 1 } } }));
    expect(report.stages[0]).toMatchObject({ rowsRejected: 1, rejected: { 'not-a-number': 1 } });
    const key = `quarantine/toy/copy/date=${DAY}/${DAY}/a.rejected.jsonl.gz`;
    const lines = gunzipSync(Buffer.from((await toy.contents('operations'))[key]!, 'latin1')).toString();
    expect(JSON.parse(lines)).toEqual({
      ...{ source: `${DAY}/a`, row: 2, reason: 'not-a-number', detail: 'x is no number.' },
    });
  });

  test('E25: rejected beyond the limit fail the stage before later stages run', async () => {
    await toy.input('a', `x\n${'1\n'.repeat(96)}`);
    await toy.input('b', 'y\n1\n1\n');
    await expect(toy.run()).rejects.toMatchObject({ code: 'REJECT_LIMIT_PASSED', exitCode: 1 });
    expect((await records('copy'))[0]).toMatchObject({
      ...{ status: 'failed', error: { code: 'REJECT_LIMIT_PASSED' }, rowsIn: 100, rowsRejected: 2 },
    });
    expect(await records('sum')).toEqual([]);
    await expect(toy.run()).rejects.toMatchObject({ code: 'REJECT_LIMIT_PASSED' });
    await toy.input('b', '1\n1\n1\n');
    expect((await toy.run()).incomplete).toBe(false);
  });

  test('dropped on purpose do not hide a share of rejected ones', async () => {
    await toy.input('a', `x\n${'1\n'.repeat(9)}${'\n'.repeat(990)}`);
    const strict = toyFeed({ copy: { rejectLimit: { share: 0.05, fromRows: 10 } } });
    await expect(toy.run(strict)).rejects.toMatchObject({
      code: 'REJECT_LIMIT_PASSED',
      details: { rowsAsked: 11, rowsRejected: 1 },
    });
  });

  test('E26: that get lost fail their unit', async () => {
    const losing = toyFeed({
      copyCode: {
        open: async (context) => {
          const work = await copy.open(context);
          return {
            ...work,
            work: async (unit, ports) => {
              const result = await work.work(unit, ports);
              return unit.id.endsWith('a') ? { ...result, rowsOut: result.rowsOut - 1 } : result;
            },
          };
        },
      },
    });
    const report = await toy.run(losing);
    expect(report.stages[0]!.failures).toMatchObject([{ unit: `${DAY}/a`, reason: 'reconciliation-broken' }]);
    expect(Object.keys(await toy.contents('toy-data'))).not.toContain(`raw/${DAY}/a`);
  });
});

describe('a stage', () => {
  const expectStop = async (feed: ReturnType<typeof toyFeed>, code: string): Promise<void> => {
    await expect(toy.run(feed)).rejects.toMatchObject({ code });
    expect((await records('copy'))[0]).toMatchObject({ status: 'failed', error: { code } });
    expect(await records('sum')).toEqual([]);
  };

  test('that fails outside a unit stops the run', () =>
    expectStop(
      toyFeed({ copyCode: { units: () => Promise.reject(failed({ code: 'NO_LIST', message: 'x' })) } }),
      'NO_LIST',
    ));

  test('that lists one unit with two contents is refused', () =>
    expectStop(
      toyFeed({
        copyCode: {
          units: () => Promise.resolve(['1', '2'].map((fingerprint) => ({ id: 'a', fingerprint }))),
        },
      }),
      'AMBIGUOUS_UNIT',
    ));

  test('that lists a unit twice works it once', async () => {
    const twice = toyFeed({
      copyCode: {
        units: async (context) => [...(await copy.units(context)), ...(await copy.units(context))],
      },
    });
    expect((await toy.run(twice)).stages[0]!.units).toBe(2);
  });

  test('stopped by a full disk that only the text of the error names holds nothing against its units', async () => {
    const text = 'IO Error: Could not write file "x.parquet": No space left on device';
    await expectStop(
      toyFeed({
        copyCode: {
          open: () =>
            Promise.resolve({
              work: () => Promise.reject(new Error(text)),
              close: () => Promise.resolve(),
            }),
        },
      }),
      'DISK_FULL',
    );
    expect(await toy.run()).toMatchObject({ incomplete: false, stages: [{ units: 2 }, { units: 1 }] });
  });

  test.each(['ACCESS_DENIED', 'DISK_FULL', 'CREDENTIALS_EXPIRED'])(
    'stopped by %s holds nothing against its units',
    async (code) => {
      await expectStop(
        toyFeed({
          copyCode: {
            open: () =>
              Promise.resolve({
                work: () => Promise.reject(failed({ code, message: 'x' })),
                close: () => Promise.resolve(),
              }),
          },
        }),
        code,
      );
      expect(await toy.run()).toMatchObject({ incomplete: false, stages: [{ units: 2 }, { units: 1 }] });
    },
  );

  test.each([
    ['read', (context: Parameters<typeof sum.open>[0]) => context.reads('data/sums/')],
    [
      'read beyond its prefix',
      (context: Parameters<typeof sum.open>[0]) => context.reads('data/raw/../sums/'),
    ],
    ['secret', (context: Parameters<typeof sum.open>[0]) => context.secrets.get('toy', 'api')],
  ])('that reaches for an undeclared %s is stopped', async (_what, reach) => {
    const feed = toyFeed({
      sumCode: {
        open: async (context) => {
          await reach(context);
          return sum.open(context);
        },
      },
    });
    await expect(toy.run(feed)).rejects.toMatchObject({ code: 'UNDECLARED_ACCESS' });
  });

  test('that writes where it did not declare is stopped', async () => {
    const feed = toyFeed({
      sumCode: {
        open: () =>
          Promise.resolve({
            async work(_unit, ports) {
              await ports.writes('data/raw/').put('x', 'x');
              return { rowsIn: 0, rowsOut: 0 };
            },
            close: () => Promise.resolve(),
          }),
      },
    });
    await expect(toy.run(feed)).rejects.toMatchObject({ code: 'UNDECLARED_ACCESS' });
  });

  test('asked to end gives its unit back and says so', async () => {
    const stop = new AbortController();
    const feed = toyFeed({
      copy: { concurrency: 1 },
      copyCode: {
        open: async (context) => {
          const work = await copy.open(context);
          return {
            ...work,
            work: (unit, ports) => {
              if (unit.id.endsWith('a')) return work.work(unit, ports);
              stop.abort();
              return Promise.reject(new Error('given up'));
            },
          };
        },
      },
    });
    await expect(toy.run(feed, { signal: stop.signal })).rejects.toMatchObject({
      ...{ code: 'RUN_INTERRUPTED', exitCode: 130 },
    });
    expect((await records('copy'))[0]).toMatchObject({ status: 'interrupted', units: 1 });
    expect((await toy.run()).stages[0]!.units).toBe(1);
    expect(await total()).toEqual({ date: DAY, total: 6 });
  });
});
