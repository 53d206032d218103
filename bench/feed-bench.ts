import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failed } from '../errors/errors.ts';
import { bundle } from './contestants.ts';
import { renderFeed } from './feed-results.ts';
import type { BenchOptions } from './freewheel.ts';
import { measure, type Command, type Measurement } from './process-tree.ts';

/** A feed beside what a user would write instead: a generated day, and the figures that all must come to. */

const MEMORY_SCALES = [0.1, 1];
const TRIAL_SCALE = 0.1;

export interface FeedPeer {
  readonly name: string;
  /** @param logs folder of the day's objects, @param out empty folder for what it publishes */
  command(logs: string, out: string): Command;
  /** Figures as text that is equal when they are. */
  figures(out: string): Promise<string>;
}

export interface FeedSubject {
  readonly feed: string;
  readonly title: string;
  readonly intro: string;
  readonly date: string;
  /** Bucket of the day's objects below `--local`. */
  readonly bucket: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Tells one day from another; part of the name under which it is kept. */
  readonly size: string;
  /** @returns rows, and bytes unpacked */
  readonly generate: (folder: string) => Promise<{ readonly rows: number; readonly bytes: number }>;
  /** Our figures. @param local what `--local` was given */
  figures(local: string): Promise<string>;
  readonly peers: readonly FeedPeer[];
  readonly versions: readonly string[];
  readonly memoryGoalMiB: number;
}

interface Day {
  readonly folder: string;
  readonly rows: number;
  readonly bytes: number;
}

const cachedDay = async (data: string, { feed, size, generate }: FeedSubject): Promise<Day> => {
  const folder = join(data, `${feed}-${size}`);
  const about = `${folder}.json`;
  try {
    return { folder, ...(JSON.parse(await readFile(about, 'utf8')) as Omit<Day, 'folder'>) };
  } catch {
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
    const facts = await generate(fresh);
    await rename(fresh, folder);
    await writeFile(about, JSON.stringify(facts));
    return { folder, ...facts };
  }
};

/** Lays the day out below `arena`. @param scale 0.1 takes every tenth object */
const layOut = async (subject: FeedSubject, day: Day, arena: string, scale: number): Promise<void> => {
  await rm(arena, { recursive: true, force: true });
  const entries = await readdir(day.folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  const every = Math.round(1 / scale);
  for (const file of files.filter((_, index) => index % every === 0)) {
    const target = join(arena, 'store', subject.bucket, file.slice(day.folder.length));
    await mkdir(dirname(target), { recursive: true });
    await link(file, target);
  }
  await mkdir(join(arena, 'published'), { recursive: true });
  const environments = { dev: { account: '123456789012', region: 'us-east-1', target: 'sandbox' } };
  const config = { name: 'bench', environments, feeds: { [subject.feed]: subject.params } };
  await writeFile(join(arena, 'peaches.config.json'), JSON.stringify(config));
};

const oursOf = (root: string, subject: FeedSubject) => ({
  name: 'peaches',
  command: (arena: string): Command => ({
    file: process.execPath,
    args: [
      join(root, 'dist', 'bootstrap.js'),
      ...['run', subject.feed, '--config', join(arena, 'peaches.config.json')],
      ...['--date', subject.date, '--local', arena, '--json'],
    ],
  }),
  figures: (arena: string) => subject.figures(arena),
});

const peerOf = (peer: FeedPeer, { bucket }: FeedSubject) => ({
  name: peer.name,
  command: (arena: string) => peer.command(join(arena, 'store', bucket), join(arena, 'published')),
  figures: (arena: string) => peer.figures(join(arena, 'published')),
});

/**
 * Runs feed and peers in turns and compares every run's figures.
 * @returns the section of the results
 * @throws BENCH_FIGURES_DIFFER, BENCH_RUN_FAILED
 */
export const benchFeed = async (
  { root, rounds, scale, tell }: BenchOptions,
  subject: FeedSubject,
): Promise<string> => {
  const data = join(root, 'bench', 'data');
  await mkdir(data, { recursive: true });
  tell('generating the day, or taking the one of before');
  const day = await cachedDay(data, subject);
  await bundle(root);
  const product = oursOf(root, subject);
  const contestants = [product, ...subject.peers.map((peer) => peerOf(peer, subject))];
  const expected = new Map<number, string>();
  const run = async (contestant: typeof product, at: number): Promise<Measurement> => {
    const arena = join(data, `arena-${subject.feed}`);
    await layOut(subject, day, arena, at);
    const measurement = await measure(contestant.command(arena), arena, join(data, 'last-run.log'));
    const figures = await contestant.figures(arena);
    if (figures !== (expected.get(at) ?? figures)) {
      throw failed({
        code: 'BENCH_FIGURES_DIFFER',
        message: `${contestant.name} came to other figures at ${at}x.`,
        hint: 'A benchmark of wrong results says nothing: mend the feed, the peer or the generator first.',
        details: { expected: expected.get(at)?.slice(0, 400), found: figures.slice(0, 400) },
      });
    }
    expected.set(at, figures);
    await rm(arena, { recursive: true });
    const { seconds, cpuSeconds, peakMiB } = measurement;
    tell(
      `${contestant.name}, ${at}x: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(1)} CPU s, ${peakMiB.toFixed(0)} MiB`,
    );
    return measurement;
  };
  tell('first a trial of each: the figures must be the same');
  for (const contestant of contestants) await run(contestant, TRIAL_SCALE);
  const results = contestants.map(({ name }) => ({ name, runs: [] as Measurement[] }));
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}`);
    for (const [index, contestant] of contestants.entries())
      results[index]?.runs.push(await run(contestant, scale));
  }
  const memory: (Measurement & { scale: number })[] = [];
  for (const at of MEMORY_SCALES) memory.push({ scale: at, ...(await run(product, at)) });
  const { title, intro, memoryGoalMiB, versions } = subject;
  return renderFeed(
    {
      ...{ title, intro, rounds, results, memory, memoryGoalMiB, versions },
      rows: Math.round(day.rows * scale),
      bytes: day.bytes * scale,
    },
    new Date(),
  );
};
