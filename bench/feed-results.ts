import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Measurement } from './process-tree.ts';
import { median } from './results.ts';

/** Results of a feed that is measured in rows and bytes a second, beside what a user would write instead. */
export interface FeedOutcome {
  /** Heading of the section. */
  readonly title: string;
  /** What was done, by whom, and what was compared; whole sentences. */
  readonly intro: string;
  readonly rows: number;
  /** Of the content, unpacked. */
  readonly bytes: number;
  readonly rounds: number;
  /** Ours first. */
  readonly results: readonly { readonly name: string; readonly runs: readonly Measurement[] }[];
  readonly memory: readonly (Measurement & { readonly scale: number })[];
  readonly memoryGoalMiB: number;
  readonly versions: readonly string[];
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The section's text, with heading. */
export const renderFeed = (outcome: FeedOutcome, on: Date): string => {
  const { title, intro, rows, bytes, rounds, results, memory, memoryGoalMiB, versions } = outcome;
  const of = (runs: readonly Measurement[], value: (run: Measurement) => number) => median(runs.map(value));
  const load = of(
    results.flatMap(({ runs }) => runs),
    ({ foreignLoad }) => foreignLoad,
  );
  const parts = [
    `## ${title}`,
    `${on.toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ` +
      `${(totalmem() / 2 ** 30).toFixed(0)} GiB; ${versions.join(', ')}.`,
    `${intro} ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB unpacked.`,
    table(
      ['', 'wall s', 'CPU s', 'rows/s', 'MB/s', 'peak MiB'],
      results.map(({ name, runs }) => {
        const seconds = of(runs, (run) => run.seconds);
        return [
          name,
          seconds.toFixed(2),
          of(runs, (run) => run.cpuSeconds).toFixed(1),
          (rows / seconds).toFixed(0),
          (bytes / 1e6 / seconds).toFixed(1),
          of(runs, (run) => run.peakMiB).toFixed(0),
        ];
      }),
    ),
    `Medians of ${rounds} runs, taken in turns, files in the page cache; others used ${(load * 100).toFixed(0)} % of the cores meanwhile.`,
    table(
      ['peaches at', 'wall s', 'CPU s', 'peak MiB', `at most ${memoryGoalMiB} MiB`],
      memory.map(({ scale, seconds, cpuSeconds, peakMiB }) => [
        `${scale}x`,
        seconds.toFixed(2),
        cpuSeconds.toFixed(1),
        peakMiB.toFixed(0),
        peakMiB <= memoryGoalMiB ? 'reached' : '**not reached**',
      ]),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
};
