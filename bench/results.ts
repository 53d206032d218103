import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { DayTruth } from '../examples/freewheel-day.ts';
import type { Goal, LeftOut } from './contestants.ts';
import type { Measurement } from './process-tree.ts';

export interface Result {
  readonly name: string;
  readonly goal: Goal | undefined;
  readonly runs: readonly Measurement[];
}

export interface MemoryPoint extends Measurement {
  readonly scale: number;
}

export interface Outcome {
  readonly truth: DayTruth;
  readonly scale: number;
  readonly rounds: number;
  /** Ours first. */
  readonly results: readonly Result[];
  readonly memory: readonly MemoryPoint[];
  readonly leftOut: readonly LeftOut[];
  readonly versions: readonly string[];
}

const PEAK_GOAL_MIB = 256;
/** Above this the machine was not ours, and times say less. */
const QUIET = 0.1;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
};

const medianOf = (runs: readonly Measurement[], of: (run: Measurement) => number): number =>
  median(runs.map(of));

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const verdict = (reached: boolean): string => (reached ? 'reached' : '**not reached**');

/** Their time over ours, or ours over theirs, and whether that is what was aimed for. */
export const judge = (goal: Goal, theirs: number, own: number) =>
  'faster' in goal
    ? {
        seen: `${(theirs / own).toFixed(1)}x as fast`,
        goal: `at least ${goal.faster}x`,
        reached: theirs / own >= goal.faster,
      }
    : {
        seen: `${(own / theirs).toFixed(1)}x its time`,
        goal: `at most ${goal.within}x`,
        reached: own / theirs <= goal.within,
      };

const times = ({ results }: Outcome): string =>
  table(
    ['', 'wall s (median)', 'wall s (range)', 'CPU s', 'peak MiB'],
    results.map(({ name, runs }) => {
      const walls = runs.map(({ seconds }) => seconds);
      return [
        name,
        median(walls).toFixed(2),
        `${Math.min(...walls).toFixed(2)} to ${Math.max(...walls).toFixed(2)}`,
        medianOf(runs, ({ cpuSeconds }) => cpuSeconds).toFixed(1),
        medianOf(runs, ({ peakMiB }) => peakMiB).toFixed(0),
      ];
    }),
  );

const foreignLoadOf = ({ results }: Outcome): number =>
  medianOf(
    results.flatMap(({ runs }) => runs),
    ({ foreignLoad }) => foreignLoad,
  );

/** On a busy machine wall times decide only where CPU times say the same. */
const speedVerdict = (wall: boolean, cpu: boolean, isBusy: boolean): string =>
  isBusy && wall !== cpu ? 'undecided: busy machine' : verdict(wall);

const goals = (outcome: Outcome): string => {
  const { results, memory } = outcome;
  const isBusy = foreignLoadOf(outcome) > QUIET;
  const [own, ...others] = results;
  const compare = (other: Result, goal: Goal, of: (run: Measurement) => number) =>
    judge(goal, medianOf(other.runs, of), medianOf(own?.runs ?? [], of));
  const speed = others.flatMap((other) => {
    if (other.goal === undefined) return [];
    const wall = compare(other, other.goal, ({ seconds }) => seconds);
    const cpu = compare(other, other.goal, ({ cpuSeconds }) => cpuSeconds);
    return [[other.name, wall.seen, cpu.seen, wall.goal, speedVerdict(wall.reached, cpu.reached, isBusy)]];
  });
  const peaks = memory.map(({ scale, peakMiB }) => [
    `peak memory of peaches at ${scale}x`,
    `${peakMiB.toFixed(0)} MiB`,
    '',
    `at most ${PEAK_GOAL_MIB} MiB`,
    verdict(peakMiB <= PEAK_GOAL_MIB),
  ]);
  return table(['against', 'seen', 'by CPU time', 'goal', ''], [...speed, ...peaks]);
};

/** The section's text, with heading. */
export const render = (outcome: Outcome, on: Date): string => {
  const { truth, scale, rounds, memory, leftOut, versions } = outcome;
  const load = foreignLoadOf(outcome);
  const parts = [
    '## FreeWheel',
    `${on.toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ` +
      `${(totalmem() / 2 ** 30).toFixed(0)} GiB; ${versions.join(', ')}.`,
    `One day: ${truth.files} files, ${(truth.bytes / 1e6).toFixed(0)} MB of CSV ` +
      `(${(truth.compressedBytes / 1e6).toFixed(0)} MB as gzip), ${truth.rows} rows, ${truth.slots} slots` +
      `${scale === 1 ? '' : `; of it ${scale}x was worked`}. Each does the whole day, from the logs in ` +
      'FreeWheel’s bucket to named capacity: a copy of the logs, slots, summaries and slots by class, by item, ' +
      'by name. Peaches alone also verifies the copies, counts the fields of every row, keeps a ledger and ' +
      'quarantine, and fills a warehouse; decompression alone does no more than its name says. After every ' +
      'run all published figures were compared: they were the same.',
    times(outcome),
    `Medians of ${rounds} runs, taken in turns, files in the page cache. Memory is the highest sum over the process tree.`,
    goals(outcome),
    table(
      ['peaches at', 'wall s', 'CPU s', 'peak MiB'],
      memory.map((point) => [
        `${point.scale}x`,
        point.seconds.toFixed(2),
        point.cpuSeconds.toFixed(1),
        point.peakMiB.toFixed(0),
      ]),
    ),
    load > QUIET
      ? `The machine was not quiet: others used ${(load * 100).toFixed(0)} % of its cores (median over all runs), so times are to be read with care.`
      : `Others used ${(load * 100).toFixed(0)} % of the cores meanwhile (median over all runs).`,
    ...leftOut.map(({ name, why }) => `Left out: ${name}, because ${why}.`),
  ];
  return `${parts.join('\n\n')}\n`;
};

const INTRO = '# Results\n\nWritten by `npm run bench`; bench/README.md says what is measured and how.\n';

/** Puts a section in the place of the one with the same heading. */
export const replaceSection = (document: string, section: string): string => {
  const heading = section.slice(0, section.indexOf('\n'));
  const [intro = '', ...sections] = document.split(/^(?=## )/m);
  const index = sections.findIndex((text) => text.startsWith(`${heading}\n`));
  const kept = index < 0 ? [...sections, section] : sections.with(index, section);
  return [intro, ...kept].map((text) => `${text.trimEnd()}\n`).join('\n');
};

/** Rewrites one section of the results' file. */
export const record = async (file: string, section: string): Promise<void> => {
  const before = await readFile(file, 'utf8').catch(() => INTRO);
  await writeFile(file, replaceSection(before, section));
};
