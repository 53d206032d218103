import { execa } from 'execa';
import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FeedDeclaration } from '../../../etl/feed.ts';
import { openLocalPlace } from '../../../etl/runtime/places/local.ts';
import type { Place, RunReport, StageReport } from '../../../etl/runtime/run.ts';
import { runFeed } from '../../../etl/runtime/runner.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What a run of the folder is unless a test says otherwise. */
export interface UsualRun {
  readonly date: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface RunOptions {
  readonly date?: string;
  readonly stage?: string;
  readonly now?: () => Date;
  /** Of the code that runs; another one tries again what failed. */
  readonly version?: string;
  /** Instead of the folder's own. */
  readonly feed?: FeedDeclaration;
  /** Puts something between the run and its stores, such as a fault. */
  readonly through?: (place: Place) => Place;
}

/** A folder in which a feed runs as it does embedded, with objects put there by the test. */
export class FeedFolder {
  readonly root: string;
  readonly #feed: FeedDeclaration;
  readonly #usual: UsualRun;

  /** @param root a folder that is there already; absent: a new one */
  constructor(feed: FeedDeclaration, usual: UsualRun, root = mkdtempSync(join(tmpdir(), `${feed.name}-`))) {
    this.root = root;
    this.#feed = feed;
    this.#usual = usual;
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  /** Another folder with the objects and tables of this one, as they lie on the disk now. */
  async copy(): Promise<FeedFolder> {
    const other = new FeedFolder(this.#feed, this.#usual);
    // Keeps times to the nanosecond, by which the store knows objects.
    await execa('sh', ['-c', 'cp -a "$0"/store "$0"/warehouse.duckdb* "$1"', this.root, other.root]);
    return other;
  }

  path(key: string): string {
    return join(this.root, 'store', key);
  }

  async put(key: string, content: string | Buffer): Promise<void> {
    await mkdir(dirname(this.path(key)), { recursive: true });
    await writeFile(this.path(key), content);
  }

  /** @param params beside the usual ones */
  run(
    params: Readonly<Record<string, unknown>> = {},
    { feed = this.#feed, through = (place) => place, ...options }: RunOptions = {},
  ): Promise<RunReport> {
    return this.#at(feed, (place) =>
      runFeed({
        ...{ feed, place: through(place), log: silent, date: this.#usual.date },
        ...options,
        params: feed.params.parse({ ...this.#usual.params, ...params }),
        signal: new AbortController().signal,
      }),
    );
  }

  /** Rows of the warehouse. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.#at(this.#feed, async ({ warehouse }) => (await warehouse?.query(sql)) ?? []);
  }

  bytes(key: string): Promise<Buffer> {
    return readFile(this.path(key));
  }

  text(key: string): Promise<string> {
    return readFile(this.path(key), 'utf8');
  }

  async json(key: string): Promise<Record<string, unknown>> {
    return JSON.parse(await this.text(key)) as Record<string, unknown>;
  }

  /** The lines of a gzip file, parsed. */
  async gzipLines(key: string): Promise<readonly Record<string, unknown>[]> {
    const text = gunzipSync(await this.bytes(key)).toString();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
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

  async #at<T>(feed: FeedDeclaration, work: (place: Place) => Promise<T>): Promise<T> {
    const place = await openLocalPlace(this.root, feed);
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
