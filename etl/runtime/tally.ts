import type { LedgerEntry } from './ledger.ts';
import type { StageReport } from './run.ts';

const addTo = (sums: Record<string, number>, counts: Readonly<Record<string, number>>): void => {
  for (const [reason, count] of Object.entries(counts)) sums[reason] = (sums[reason] ?? 0) + count;
};

/** Sums up units for a report. */
export class Tally {
  units = 0;
  rowsIn = 0;
  rowsOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly rejected: Record<string, number> = {};
  readonly dropped: Record<string, number> = {};
  readonly #outputs: string[] = [];
  readonly #failures: { unit: string; reason: string; detail: string }[] = [];
  readonly #notes = new Set<string>();

  /** A unit that was worked now, done or failed. */
  worked(entry: LedgerEntry, notes: readonly string[]): void {
    this.units += 1;
    if (entry.status === 'failed') {
      this.failed(entry);
      return;
    }
    const { counters } = entry;
    if (counters === undefined) return;
    this.rowsIn += counters.rowsIn;
    this.rowsOut += counters.rowsOut;
    this.bytesIn += counters.bytesIn;
    this.bytesOut += counters.bytesOut;
    addTo(this.rejected, counters.rejected);
    addTo(this.dropped, counters.dropped);
    this.#outputs.push(...entry.outputs, ...entry.lasting);
    for (const note of notes) this.#notes.add(note);
  }

  /** A unit that counts as failed. */
  failed({ unit, failure }: LedgerEntry): void {
    this.#failures.push({ unit, reason: failure?.reason ?? '', detail: failure?.detail ?? '' });
  }

  get unitsFailed(): number {
    return this.#failures.length;
  }

  get rowsRejected(): number {
    return Object.values(this.rejected).reduce((sum, count) => sum + count, 0);
  }

  get rowsDropped(): number {
    return Object.values(this.dropped).reduce((sum, count) => sum + count, 0);
  }

  report(stage: string, seconds: number): StageReport {
    return {
      stage,
      units: this.units,
      unitsFailed: this.unitsFailed,
      rowsIn: this.rowsIn,
      rowsOut: this.rowsOut,
      rowsRejected: this.rowsRejected,
      rowsDropped: this.rowsDropped,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      seconds: Math.round(seconds * 1000) / 1000,
      outputs: this.#outputs.toSorted(),
      rejected: this.rejected,
      dropped: this.dropped,
      failures: this.#failures.toSorted((a, b) => (a.unit < b.unit ? -1 : 1)),
      notes: [...this.#notes],
    };
  }
}
