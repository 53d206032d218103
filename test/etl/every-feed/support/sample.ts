import { existsSync } from 'node:fs';
import type { FeedDeclaration } from '../../../../etl/feed.ts';

/** Rows of one delivery. */
export interface Rows {
  /** Of the first row, among all rows of all deliveries (default 0). */
  readonly from?: number;
  readonly good: number;
  /** Rows that can't be used, behind the good ones. */
  readonly bad?: number;
}

/** What a feed does with a delivery in which something is missing: `good`, or the reason why it is not. */
export type Verdict = 'good' | (string & {});

/** A method through which every row of a delivery passes. */
export interface RowStep {
  readonly of: object;
  readonly method: string;
  /** The stage that must notice when a row is lost here. */
  readonly stage: string;
}

/** What the tests of every feed have to know of one: how its deliveries look, and what it makes of odd ones. */
export interface FeedSample {
  readonly params?: Readonly<Record<string, unknown>>;
  /** Lays out a day of the feed's generator in `examples/`. @param store the folder of buckets */
  generate(store: string, date: string): Promise<unknown>;
  /** `<bucket>/<key>` of the n-th delivery of a day. @param n from 1 to 9 */
  key(date: string, n: number): string;
  /** `<bucket>/<key>` of another name for the first delivery of a day. */
  copyKey(date: string): string;
  /** `<bucket>/<key>` of an object that is no delivery of the day. */
  foreignKey(date: string): string;
  /** What a delivery holds, before gzip. */
  plain(date: string, rows: Rows): Buffer | Promise<Buffer>;
  /** The same, more than 40 MB of it; absent: white space. */
  bomb?(date: string): Promise<Buffer>;
  /** How many rows of deliveries are in the tables, as `rows`. */
  readonly loaded: string;
  /** Rows that count of a delivery under two names, and of one that a new version replaces under its name. */
  readonly policy: { readonly copy: 'once' | 'twice'; readonly newVersion: 'replaces' | 'adds' };
  /** What becomes of the rows of a loaded delivery when one that can't be read takes its place. */
  readonly replacedByBroken: 'gone' | 'stays';
  readonly empty: {
    /** Of gzip without a byte in it. */
    readonly nothing: Verdict;
    /** Of a delivery that is whole but has no row. */
    readonly noRows: Verdict;
  };
  /** Of a delivery that is gone when its turn comes (default `object-not-found`). */
  readonly gone?: string;
  readonly rowPath: readonly RowStep[];
  /** Each table has a transaction of its own for each value of this column; else all rows of a load share one. */
  readonly loadedBy?: string;
  /** Objects that tell how far work has come, and may be between two states. */
  readonly progress?: RegExp;
}

const noSample = (name: string): string =>
  `The feed ${name} has no sample: write test/etl/every-feed/samples/${name}.ts, whose default export is a ` +
  'FeedSample (support/sample.ts), so that the faults that every feed must survive are tried on it as well.';

/** The sample of a feed. @throws an Error that says what to write when there is none */
export const sampleOf = async ({ name }: Pick<FeedDeclaration, 'name'>): Promise<FeedSample> => {
  const file = new URL(`../samples/${name}.ts`, import.meta.url);
  if (!existsSync(file)) throw new Error(noSample(name));
  const { default: sample } = (await import(file.href)) as { readonly default: FeedSample };
  return sample;
};
