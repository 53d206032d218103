import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failed } from '../errors/errors.ts';
import { floor, ours, pythonPeers, type Contestant } from './contestants.ts';
import { cachedDay, DATE, layOut, type CachedDay } from './day.ts';
import { assertSameFigures, CLASSES, readFigures, type Figures } from './figures.ts';
import { measure, type Measurement } from './process-tree.ts';
import type { MemoryPoint, Outcome, Result } from './results.ts';

/** Scales at which the memory of peaches is looked at; 1 is a gigabyte of log. */
const MEMORY_SCALES = [0.1, 1, 4];
const TRIAL_SCALE = 0.1;

export interface BenchOptions {
  readonly root: string;
  readonly rounds: number;
  /** Part of the day that all work on: 1, or less to try the benchmark out. */
  readonly scale: number;
  readonly tell: (line: string) => void;
}

const show = ({ seconds, cpuSeconds, peakMiB }: Measurement): string =>
  `${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(1)} CPU s, ${peakMiB.toFixed(0)} MiB`;

/** @throws BENCH_FIGURES_DIFFER unless our sums are those that the generator counted */
export const assertTrue = (figures: Figures, { truth }: CachedDay): void => {
  for (const breakClass of CLASSES) {
    const { breaks, maxDuration, timeUnfilled } = truth.classes[breakClass]?.sums ?? {};
    const found = ['slots', 'adOpportunitiesSeconds', 'missedOpportunitiesSeconds'].map((field) =>
      figures.get(`filtered/${breakClass}/${field}`),
    );
    if (String(found) === String([breaks, maxDuration, timeUnfilled])) continue;
    throw failed({
      code: 'BENCH_FIGURES_DIFFER',
      message: `peaches came to other sums of ${breakClass} than the generator counted.`,
      hint: 'A benchmark of wrong results says nothing: mend the feed or the generator first.',
      details: { found, expected: [breaks, maxDuration, timeUnfilled] },
    });
  }
};

class Bench {
  readonly #options: BenchOptions;
  readonly #day: CachedDay;
  readonly #data: string;
  /** Our figures by scale, which all others must meet. */
  readonly #expected = new Map<number, Figures>();

  constructor(options: BenchOptions, day: CachedDay, data: string) {
    this.#options = options;
    this.#day = day;
    this.#data = data;
  }

  /** One run in an arena of its own, its figures compared. The first contestant at a scale must be ours. */
  async run(contestant: Contestant, scale: number): Promise<Measurement> {
    const arena = await layOut(this.#day, join(this.#data, 'arena'), scale);
    const measurement = await measure(contestant.command(arena), arena.dir, join(this.#data, 'last-run.log'));
    if (contestant.figures !== undefined) {
      const figures = await readFigures(join(arena.dir, contestant.figures), DATE);
      const expected = this.#expected.get(scale);
      if (expected === undefined) {
        if (scale === 1) assertTrue(figures, this.#day);
        this.#expected.set(scale, figures);
      } else assertSameFigures(expected, figures, contestant.name);
    }
    await rm(arena.dir, { recursive: true });
    this.#options.tell(`${contestant.name}, ${scale}x: ${show(measurement)}`);
    return measurement;
  }
}

/** Runs everybody, alternating, and checks every run's figures. @throws BENCH_FIGURES_DIFFER, BENCH_RUN_FAILED */
export const benchFreewheel = async (options: BenchOptions): Promise<Outcome> => {
  const { root, rounds, scale, tell } = options;
  const data = join(root, 'bench', 'data');
  await mkdir(data, { recursive: true });
  tell('generating the day, or taking the one of before');
  const day = await cachedDay(data);
  const [product, peers, gunzip] = [await ours(root), await pythonPeers(join(root, 'bench')), await floor()];
  const contestants = [product, ...peers.contestants, ...gunzip.contestants];
  const bench = new Bench(options, day, data);

  tell('first a trial of each: the figures must be the same');
  for (const contestant of contestants) await bench.run(contestant, TRIAL_SCALE);

  const runs = new Map(contestants.map(({ name }) => [name, [] as Measurement[]]));
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}`);
    for (const contestant of contestants) runs.get(contestant.name)?.push(await bench.run(contestant, scale));
  }

  const memory: MemoryPoint[] = [];
  for (const at of MEMORY_SCALES) {
    memory.push({ scale: at, ...(await bench.run(product, at)) });
  }
  return {
    truth: day.truth,
    ...{ scale, rounds, memory },
    results: contestants.map(({ name, goal }): Result => ({ name, goal, runs: runs.get(name) ?? [] })),
    leftOut: [...peers.leftOut, ...gunzip.leftOut],
    versions: [`Node ${process.versions.node}`, ...peers.versions],
  };
};
