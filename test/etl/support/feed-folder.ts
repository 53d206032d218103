import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FeedDeclaration } from '../../../etl/feed.ts';
import { openLocalPlace } from '../../../etl/runtime/places/local.ts';
import type { Place, RunReport, StageReport } from '../../../etl/runtime/run.ts';
import { runFeed } from '../../../etl/runtime/runner.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface FeedRun {
  readonly date: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly stage?: string;
  readonly now?: () => Date;
}

/** A folder in which a feed runs as it does embedded, with objects put there by the test. */
export class FeedFolder {
  readonly root: string;
  readonly #feed: FeedDeclaration;

  private constructor(root: string, feed: FeedDeclaration) {
    this.root = root;
    this.#feed = feed;
  }

  static async make(feed: FeedDeclaration): Promise<FeedFolder> {
    return new FeedFolder(await mkdtemp(join(tmpdir(), `${feed.name}-`)), feed);
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  path(key: string): string {
    return join(this.root, 'store', key);
  }

  async put(key: string, content: string | Buffer): Promise<void> {
    await mkdir(dirname(this.path(key)), { recursive: true });
    await writeFile(this.path(key), content);
  }

  run({ params = {}, ...request }: FeedRun): Promise<RunReport> {
    return this.#at((place) =>
      runFeed({
        ...request,
        ...{ feed: this.#feed, place, log: silent, params: this.#feed.params.parse(params) },
        signal: new AbortController().signal,
      }),
    );
  }

  /** Rows of the warehouse. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.#at(async ({ warehouse }) => (await warehouse?.query(sql)) ?? []);
  }

  async json(key: string): Promise<Record<string, unknown>> {
    return JSON.parse(await readFile(this.path(key), 'utf8')) as Record<string, unknown>;
  }

  /** All files below a folder of the store, by name. */
  async files(below: string): Promise<readonly string[]> {
    const root = this.path(below);
    if ((await stat(root).catch(() => undefined)) === undefined) return [];
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .sort();
  }

  async #at<T>(work: (place: Place) => Promise<T>): Promise<T> {
    const place = await openLocalPlace(this.root, this.#feed);
    try {
      return await work(place);
    } finally {
      await place.close();
    }
  }
}

/** The report of one stage. */
export const stageOf = (report: RunReport, stage: string): StageReport => {
  const found = report.stages.find((candidate) => candidate.stage === stage);
  if (found === undefined) throw new Error(`the run had no stage ${stage}`);
  return found;
};
