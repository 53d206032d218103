import { gzipSync } from 'node:zlib';
import type { FeedDeclaration } from '../../../../etl/feed.ts';
import { FeedFolder } from '../../support/feed-folder.ts';
import { sampleOf, type FeedSample, type Rows } from './sample.ts';
import { stateOf, type FeedState } from './state.ts';

/** Days are those of the calendar's odd corners. */
export const DATE = '2024-02-29';

/** A folder in which a feed runs on deliveries of its sample. */
export class DayFolder {
  readonly sample: FeedSample;
  readonly folder: FeedFolder;
  readonly #feed: FeedDeclaration;

  private constructor(feed: FeedDeclaration, sample: FeedSample, folder: FeedFolder) {
    this.#feed = feed;
    this.sample = sample;
    this.folder = folder;
  }

  /** @throws an Error that says what to write when the feed has no sample */
  static async open(feed: FeedDeclaration): Promise<DayFolder> {
    const sample = await sampleOf(feed);
    return new DayFolder(feed, sample, new FeedFolder(feed, { date: DATE, params: sample.params ?? {} }));
  }

  async copy(): Promise<DayFolder> {
    return new DayFolder(this.#feed, this.sample, await this.folder.copy());
  }

  /** A delivery of these rows, as gzip. */
  async packed(rows: Rows, date = DATE): Promise<Buffer> {
    return gzipSync(await this.sample.plain(date, rows));
  }

  /** Puts the n-th delivery of a day into its place. */
  async deliver(n: number, content: Rows | Buffer, date = DATE): Promise<void> {
    const bytes = Buffer.isBuffer(content) ? content : await this.packed(content, date);
    await this.folder.put(this.sample.key(date, n), bytes);
  }

  /** Rows of deliveries that are in the tables. */
  async loaded(): Promise<number> {
    const [row] = await this.folder.query(this.sample.loaded);
    return Number(row?.['rows'] ?? 0);
  }

  state(): Promise<FeedState> {
    return stateOf(this.#feed, this.#feed.params.parse(this.sample.params ?? {}), this.folder);
  }

  remove(): Promise<void> {
    return this.folder.remove();
  }
}
