/** Why something could not be used, and where it came from. */
export interface Rejection {
  /** Permanent word with hyphens: `gzip-truncated`, `missing-column`, `not-a-whole-number`. */
  readonly reason: string;
  /** The plain sentence for a person, with field and value. */
  readonly detail: string;
}

export interface RejectedRow extends Rejection {
  /** 1 is the first line after the header; a row with embedded newlines counts as one. */
  readonly row: number;
  /** The fields that were looked at. Never visitor columns. */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * Where a unit puts what it can't use: `quarantine/<feed>/<stage>/date=<date>/`. What was put there
 * by an earlier try of the same unit is replaced.
 */
export interface QuarantineWriter {
  /** The rows that a unit rejected; one object a unit, gzip JSON lines. */
  rows(
    rows: readonly RejectedRow[] | { readonly jsonlGzFile: string; readonly count: number },
  ): Promise<void>;
  /** A whole input that can't be used: a copy of it, and its reason beside it. */
  whole(source: { readonly path: string; readonly name: string }, rejection: Rejection): Promise<void>;
}
