import type { Logger } from './log.ts';
import type { ReadHandle, WriteHandle } from './handles.ts';
import type { QuarantineWriter } from './quarantine.ts';
import type { Secrets } from './secrets.ts';
import type { Warehouse } from './warehouse.ts';

/** A day in UTC as `YYYY-MM-DD`. */
export type UtcDate = string;

/** One piece of work of a stage that succeeds or fails by itself: a file, a class of a day. */
export interface Unit {
  /** Stable name within stage and day; for a file its name below the handle's prefix. */
  readonly id: string;
  /**
   * Changes exactly when the unit must be worked again: the ETag of its input, or a hash of its
   * inputs and of the parameters that shape the result.
   */
  readonly fingerprint: string;
}

/** What became of the rows of a unit. Always: rowsIn = rowsOut + rejected + dropped. */
export interface UnitResult {
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Rows that could not be used, by reason; they are in quarantine. */
  readonly rejected?: Readonly<Record<string, number>>;
  /** Rows that were left out on purpose, by reason. */
  readonly dropped?: Readonly<Record<string, number>>;
  /** Said in the run record and on the screen, once each. */
  readonly notes?: readonly string[];
}

/** All that a stage may know. Nothing else reaches it: no client, no process environment, no clock of its own. */
export interface StageContext<P = unknown> {
  readonly feed: string;
  readonly stage: string;
  readonly date: UtcDate;
  readonly params: P;
  /**
   * A unit of this day failed in an earlier stage: figures are published with `incomplete: true`. A stage
   * that looks at it has its units worked again when it changes.
   */
  readonly incomplete: boolean;
  /** Handle on a declared read, to find units by; throws UNDECLARED_ACCESS on any other path. */
  reads(path: string): ReadHandle;
  readonly secrets: Secrets;
  /** Absent when the environment has no warehouse. */
  readonly warehouse: Warehouse | undefined;
  /** A folder of this run, empty at the start, removed at the end. */
  readonly scratch: string;
  readonly now: () => Date;
  readonly log: Logger;
  /** Aborted when the process is asked to end; a unit is then finished or given up. */
  readonly signal: AbortSignal;
}

/** The stores as one unit sees them: what it reads, writes and rejects is noted down under its name. */
export interface UnitPorts {
  reads(path: string): ReadHandle;
  /** Handle on a declared write; throws UNDECLARED_ACCESS on any other path. */
  writes(path: string): WriteHandle;
  readonly quarantine: QuarantineWriter;
}

/**
 * A stage at work: `work` is called once a unit, `concurrency` at a time, and again for the same unit after
 * a transient error; `close` always at the end.
 */
export interface StageWork {
  work(unit: Unit, ports: UnitPorts): Promise<UnitResult>;
  close(): Promise<void>;
}

/** The default export of a stage's file. */
export interface StageCode<P> {
  /** The units of the day as they stand now, in a stable order. */
  units(context: StageContext<P>): Promise<readonly Unit[]>;
  /** Called only when at least one unit must be worked. */
  open(context: StageContext<P>): Promise<StageWork>;
}
