import { failed, messageOf, PeachesError, reasonOf } from '../../errors/errors.ts';
import { splitPath } from '../locate.ts';
import { classify, type FailureClass } from './failure-class.ts';
import { readHandle, writeHandle, type StageScope } from './declared-access.ts';
import type { Claim, LedgerRecord, UnitCounters } from './ledger.ts';
import type { Logger } from './log.ts';
import { openQuarantine } from './quarantine.ts';
import { withRetry } from './retry.ts';
import { namingFullDisk } from './store-errors.ts';
import type { StageWork, Unit, UnitPorts, UnitResult, UtcDate } from './stage.ts';

const RETRIES_IN_PLACE = 2;

export interface UnitScope extends StageScope {
  readonly date: UtcDate;
  readonly operations: string;
  readonly now: () => Date;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The day's state if the stage has looked at it, see `StageContext.incomplete`. */
  readonly incompleteSeen: () => boolean | undefined;
}

export type UnitOutcome =
  | { readonly kind: 'done'; readonly record: LedgerRecord; readonly notes: readonly string[] }
  | { readonly kind: 'failed'; readonly record: LedgerRecord }
  /** The claim was given back; `stop` is what ends the stage, absent when the run was asked to end. */
  | { readonly kind: 'released'; readonly stop?: unknown };

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** @throws RECONCILIATION_BROKEN unless every row that came in went somewhere */
const assertReconciled = (unit: Unit, { rowsIn, rowsOut, rejected = {}, dropped = {} }: UnitResult): void => {
  const counts = [rowsIn, rowsOut, ...Object.values(rejected), ...Object.values(dropped)];
  const accounted = rowsOut + sumOf(rejected) + sumOf(dropped);
  if (rowsIn === accounted && counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return;
  throw failed({
    code: 'RECONCILIATION_BROKEN',
    message: `${unit.id}: ${rowsIn} rows came in, but ${accounted} are accounted for.`,
    hint: 'This is a fault of the stage: rows were lost or counted twice. Its figures were not published.',
    details: { unit: unit.id, rowsIn, rowsOut, rejected, dropped },
  });
};

/** What one try of a unit did. */
interface Attempt {
  readonly ports: UnitPorts;
  readonly outputs: Set<string>;
  readonly quarantined: Set<string>;
  readonly bytes: { in: number; out: number };
}

const startAttempt = (scope: UnitScope, unit: Unit, claim: Claim): Attempt => {
  const outputs = new Set<string>();
  const quarantined = new Set<string>();
  const bytes = { in: 0, out: 0 };
  const quarantine = openQuarantine({
    store: scope.store,
    bucket: scope.operations,
    prefix: `quarantine/${scope.feed.name}/${scope.stage}/date=${scope.date}/`,
    unit: unit.id,
    scratch: scope.scratch,
    reads: (path) => readHandle(scope, path),
    beforeWrite: (path) => claim.announce('quarantined', path),
    onWritten: (path) => void quarantined.add(path),
    now: scope.now,
  });
  const ports: UnitPorts = {
    reads: (path) => readHandle(scope, path, { onRead: (count) => (bytes.in += count) }),
    writes: (path) =>
      writeHandle(scope, path, {
        beforeWrite: (output, { lasting }) => claim.announce(lasting ? 'lasting' : 'outputs', output),
        onWritten: (output, count, { lasting }) => {
          if (!lasting) outputs.add(output);
          bytes.out += count;
        },
      }),
    quarantine,
  };
  return { ports, outputs, quarantined, bytes };
};

const deleteAll = async (scope: UnitScope, paths: Iterable<string>): Promise<void> => {
  for (const path of paths) await scope.store.delete(...splitPath(path));
};

const without = (paths: readonly string[], kept: ReadonlySet<string>): readonly string[] =>
  paths.filter((path) => !kept.has(path));

const countersOf = (result: UnitResult, { bytes }: Attempt): UnitCounters => ({
  rowsIn: result.rowsIn,
  rowsOut: result.rowsOut,
  rejected: result.rejected ?? {},
  dropped: result.dropped ?? {},
  bytesIn: bytes.in,
  bytesOut: bytes.out,
});

/** Ends a claim: what an earlier try left and this one did not write again is removed first. */
const settle = async (
  scope: UnitScope,
  claim: Claim,
  attempt: Pick<Attempt, 'outputs' | 'quarantined'>,
  outcome: Pick<LedgerRecord['entry'], 'status' | 'counters' | 'failure'>,
): Promise<LedgerRecord> => {
  await deleteAll(scope, without(claim.entry.outputs, attempt.outputs));
  await deleteAll(scope, without(claim.entry.quarantined, attempt.quarantined));
  const incomplete = scope.incompleteSeen();
  return claim.settle({
    ...outcome,
    outputs: [...attempt.outputs].sort(),
    quarantined: [...attempt.quarantined].sort(),
    ...(incomplete !== undefined && { incomplete }),
  });
};

/** Keeps all outputs, this try's and earlier ones', known to whoever works the unit next. */
const keep = (
  claim: Claim,
  outcome: Pick<LedgerRecord['entry'], 'status' | 'failure'>,
): Promise<LedgerRecord> =>
  claim.settle({ ...outcome, outputs: claim.entry.outputs, quarantined: claim.entry.quarantined });

const settleFailure = async (
  scope: UnitScope,
  claim: Claim,
  attempt: Attempt,
  thrown: unknown,
): Promise<UnitOutcome> => {
  const error = namingFullDisk(thrown);
  const kind: FailureClass = classify(error);
  if (kind === 'environment') {
    await keep(claim, { status: 'released' });
    return { kind: 'released', stop: error };
  }
  const failure = {
    reason: error instanceof PeachesError ? reasonOf(error) : 'unexpected-error',
    detail: messageOf(error),
    terminal: kind === 'terminal',
  };
  scope.log.error('unit failed', { unit: claim.entry.unit, ...failure });
  if (kind === 'transient' || kind === 'missing') {
    return { kind: 'failed', record: await keep(claim, { status: 'failed', failure }) };
  }
  // Figures of an input that can't be worked must not stand; what says why it can't does.
  const record = await settle(
    scope,
    claim,
    { outputs: new Set(), quarantined: attempt.quarantined },
    { status: 'failed', failure },
  );
  return { kind: 'failed', record };
};

/**
 * Works one claimed unit to its end in the ledger.
 * @throws whatever came of it when the claim was lost to another worker, who then answers for the unit
 */
export const runUnit = async (
  scope: UnitScope,
  work: StageWork,
  unit: Unit,
  claim: Claim,
): Promise<UnitOutcome> => {
  let attempt = startAttempt(scope, unit, claim);
  try {
    const result = await withRetry(
      async (number) => {
        if (number > 1) attempt = startAttempt(scope, unit, claim);
        const worked = await work.work(unit, attempt.ports);
        assertReconciled(unit, worked);
        return worked;
      },
      {
        retries: RETRIES_IN_PLACE,
        signal: scope.signal,
        onRetry: (error) => scope.log.warn('unit tried again', { unit: unit.id, why: messageOf(error) }),
      },
    );
    const counters = countersOf(result, attempt);
    const record = await settle(scope, claim, attempt, { status: 'done', counters });
    return { kind: 'done', record, notes: result.notes ?? [] };
  } catch (error) {
    if (claim.isLost) throw error;
    if (scope.signal.aborted) {
      await keep(claim, { status: 'released' });
      return { kind: 'released' };
    }
    return settleFailure(scope, claim, attempt, error);
  }
};
