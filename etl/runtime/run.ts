import type { FeedDeclaration } from '../feed.ts';
import type { Logger } from './log.ts';
import type { ObjectStore } from './object-store.ts';
import type { Secrets } from './secrets.ts';
import type { UtcDate } from './stage.ts';
import type { Warehouse } from './warehouse.ts';

/** Where a run takes place: one implementation of each store. */
export interface Place {
  readonly store: ObjectStore;
  /** The bucket that keeps ledger, run records and quarantine, by alias. */
  readonly operations: string;
  /** Folder for the runs' scratch folders; on the store's file system where there is one. */
  readonly scratch: string;
  readonly secrets: Secrets;
  readonly warehouse: Warehouse | undefined;
  close(): Promise<void>;
}

export interface RunRequest {
  readonly feed: FeedDeclaration;
  /** Absent: all stages, in order. */
  readonly stage?: string;
  readonly date: UtcDate;
  readonly params: unknown;
  readonly place: Place;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly now?: () => Date;
  /** Of the code that runs, for instance the image's digest; a new one tries failed units again. */
  readonly version?: string;
  /** Told as each stage begins and ends, for the view. */
  readonly onStage?: (event: { readonly stage: string; readonly report?: StageReport }) => void;
}

/**
 * What a stage did in this run. Bytes and rows are of this run's units only; `unitsFailed` and `failures`
 * also tell of units that failed earlier and have not changed since.
 */
export interface StageReport {
  readonly stage: string;
  /** Units worked now; 0 where nothing was new. */
  readonly units: number;
  readonly unitsFailed: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsRejected: number;
  readonly rowsDropped: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly seconds: number;
  /** `<bucket alias>/<key>` of what was written. */
  readonly outputs: readonly string[];
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly unit: string; readonly reason: string; readonly detail: string }[];
  readonly notes: readonly string[];
}

export interface RunReport {
  readonly feed: string;
  readonly date: UtcDate;
  readonly run: string;
  /** A unit of the day failed, now or earlier, and nobody has mended it. */
  readonly incomplete: boolean;
  readonly stages: readonly StageReport[];
}
