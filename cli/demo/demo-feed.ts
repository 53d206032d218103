import type { FeedDeclaration } from '../../etl/feed.ts';

/** How a column reads: figures stand to the right; a share of 1 is 100 %. */
export type Reading = 'text' | 'whole' | 'share';

/** What is shown of the warehouse. */
export interface ShownTable {
  readonly title: string;
  /** The query's columns, in order; `_` is shown as a space. */
  readonly columns: Readonly<Record<string, Reading>>;
  /** In words that Redshift and the emulator both know. */
  readonly sql: string;
}

/** How the demo shows a feed. */
export interface DemoFeed {
  readonly feed: FeedDeclaration;
  /** Its section of the configuration. */
  readonly params: Readonly<Record<string, unknown>>;
  /**
   * Lays out a generated day: a file `folder/<bucket>/<key>` for each object, the bucket by its alias or, when it
   * is somebody else's, by its real name.
   * @param date `YYYY-MM-DD`
   * @returns what there is, for a person
   */
  layOut(folder: string, date: string): Promise<string>;
  /** What came out of it. */
  readonly tables: readonly ShownTable[];
}
