/** What every JSON output says of itself; `incomplete` only when a unit of the day has failed. */
export interface Heading {
  readonly date: string;
  readonly asOf: string;
  readonly incomplete?: true;
}

/** `daily/date=…/totals.json`. */
export interface DayTotals extends Heading {
  /** Rows of the table. */
  readonly groups: number;
  readonly requests: number;
  /** Headers and bodies of the responses. */
  readonly bytes: number;
  /** Minutes of video watched. */
  readonly minutes: number;
  readonly starts: number;
}

export const TOTALS = 'totals.json';
export const totalsName = (date: string): string => `date=${date}/${TOTALS}`;

/** `reconciliation/date=….json`. */
export interface Reconciliation extends Heading {
  /** Services that were compared; empty: all that the token may see. */
  readonly services: readonly string[];
  readonly logBytes: number;
  readonly statsBytes: number;
  /** |logs − statistics| / statistics, null when the statistics are 0. */
  readonly difference: number | null;
  readonly tolerance: number;
  readonly isWithinTolerance: boolean;
}
