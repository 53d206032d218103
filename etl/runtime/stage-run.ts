import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { failed, interrupted, messageOf } from '../../errors/errors.ts';
import { DEFAULT_REJECT_LIMIT, tablesOf, type StageDeclaration } from '../feed.ts';
import { readHandle } from './declared-access.ts';
import { isHeld, Ledger, type LedgerEntry, type LedgerRecord } from './ledger.ts';
import type { RunRequest } from './run.ts';
import { guardSecrets, guardWarehouse } from './stage-guards.ts';
import { namingFullDisk } from './store-errors.ts';
import { Tally } from './tally.ts';
import type { StageCode, StageContext, StageWork, Unit } from './stage.ts';
import { runUnit, type UnitScope } from './unit-run.ts';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;

export interface StageRunTerms {
  readonly request: RunRequest;
  readonly stage: string;
  readonly declaration: StageDeclaration;
  readonly run: string;
  readonly version: string;
  readonly scratch: string;
  readonly now: () => Date;
  /** A unit of this day failed in an earlier stage. */
  readonly incomplete: boolean;
}

const asError = (thrown: unknown): Error => {
  const error = namingFullDisk(thrown);
  return error instanceof Error ? error : new Error(messageOf(error), { cause: error });
};

type Standing = 'work' | 'done' | 'failed';

/** Runs one stage of one day. `tally` is true at every moment, also when `run` throws. */
export class StageRun {
  readonly tally = new Tally();
  readonly #terms: StageRunTerms;
  readonly #ledger: Ledger;
  readonly #scope: UnitScope;
  readonly #context: StageContext<never>;
  #entries = new Map<string, LedgerRecord>();
  #incompleteSeen = false;
  #opened: Promise<StageWork> | undefined;
  #stop: Error | undefined;

  constructor(terms: StageRunTerms) {
    const { request, stage, scratch, now } = terms;
    const { feed, date, params, place, log, signal } = request;
    this.#terms = terms;
    this.#ledger = new Ledger({
      store: place.store,
      bucket: place.operations,
      feed: feed.name,
      stage,
      date,
    });
    this.#scope = {
      ...{ feed, stage, params, scratch, date, now, log, signal },
      store: place.store,
      operations: place.operations,
      incompleteSeen: () => (this.#incompleteSeen ? terms.incomplete : undefined),
    };
    this.#context = this.#contextOf();
  }

  /**
   * @throws what stops the stage: an error of its own code outside a unit, one of the environment,
   *   REJECT_LIMIT_PASSED, RUN_INTERRUPTED
   */
  async run(): Promise<void> {
    const { default: code } = await this.#terms.declaration.run();
    const units = this.#distinct(await code.units(this.#context));
    this.#entries = await this.#ledger.read();
    await this.#forgetVanishedFailures(units);
    try {
      const held = await this.#inPool(units, (unit) => this.#settle(unit, code));
      await this.#inPool(held, (unit) => this.#settleWhenFree(unit, code));
    } finally {
      await (await this.#opened?.catch(() => undefined))?.close();
    }
    if (this.#stop !== undefined) throw this.#stop;
    if (this.#terms.request.signal.aborted) {
      throw interrupted({
        code: 'RUN_INTERRUPTED',
        message: `${this.#name()} was asked to end before all units were worked.`,
        hint: 'Run it again: it goes on with the units that are left.',
      });
    }
    this.#assertRejectLimit();
  }

  /** Runs the units, as many at a time as declared. @returns those that somebody else holds */
  async #inPool(units: readonly Unit[], settle: (unit: Unit) => Promise<boolean>): Promise<readonly Unit[]> {
    const limit = pLimit(this.#terms.declaration.concurrency ?? 1);
    const settled = await Promise.all(
      units.map((unit) =>
        limit(async () => {
          if (this.#stop !== undefined || this.#terms.request.signal.aborted) return true;
          try {
            return await settle(unit);
          } catch (error) {
            this.#stop ??= asError(error);
            return true;
          }
        }),
      ),
    );
    return units.filter((_unit, index) => settled[index] === false);
  }

  /** @returns false when somebody else holds the unit */
  async #settle(unit: Unit, code: StageCode<never>): Promise<boolean> {
    for (;;) {
      const seen = this.#entries.get(unit.id);
      const standing = this.#standing(unit, seen?.entry);
      if (standing !== 'work') {
        if (standing === 'failed' && seen !== undefined) this.tally.failed(seen.entry);
        return true;
      }
      if (seen !== undefined && isHeld(seen.entry, this.#terms.now())) return false;
      const work = await this.#open(code);
      const claim = await this.#ledger.claim(unit, seen, {
        run: this.#terms.run,
        version: this.#terms.version,
        now: this.#terms.now,
      });
      if (claim !== undefined) {
        const letGo = claim.keepAlive();
        try {
          const outcome = await runUnit(this.#scope, work, unit, claim);
          if (outcome.kind === 'released') {
            if (outcome.stop !== undefined) this.#stop ??= asError(outcome.stop);
            return true;
          }
          this.#entries.set(unit.id, outcome.record);
          this.tally.worked(outcome.record.entry, outcome.kind === 'done' ? outcome.notes : []);
          return true;
        } catch (error) {
          if (!claim.isLost) throw error;
          this.#terms.request.log.warn('unit taken over by another run', { unit: unit.id });
        } finally {
          letGo();
        }
      }
      await this.#refresh(unit);
    }
  }

  /** Waits for whoever holds the unit, until they settle it or let their lease end. */
  async #settleWhenFree(unit: Unit, code: StageCode<never>): Promise<boolean> {
    const { signal, log } = this.#terms.request;
    log.info('waiting for another run', { unit: unit.id });
    for (let pause = FIRST_WAIT_MS; !signal.aborted; pause = Math.min(pause * 1.5, LONGEST_WAIT_MS)) {
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      await this.#refresh(unit);
      if (await this.#settle(unit, code)) break;
    }
    return true;
  }

  async #refresh(unit: Unit): Promise<void> {
    const record = await this.#ledger.readUnit(unit.id);
    if (record === undefined) this.#entries.delete(unit.id);
    else this.#entries.set(unit.id, record);
  }

  #standing(unit: Unit, entry: LedgerEntry | undefined): Standing {
    if (entry === undefined || entry.fingerprint !== unit.fingerprint) return 'work';
    if (entry.incomplete !== undefined && entry.incomplete !== this.#terms.incomplete) return 'work';
    if (entry.status === 'done') return 'done';
    const stays = entry.status === 'failed' && entry.failure?.terminal === true;
    return stays && entry.version === this.#terms.version ? 'failed' : 'work';
  }

  /** A failed unit whose input was withdrawn leaves nothing to mend. */
  async #forgetVanishedFailures(units: readonly Unit[]): Promise<void> {
    const listed = new Set(units.map(({ id }) => id));
    for (const [id, { entry }] of this.#entries) {
      if (listed.has(id) || entry.status !== 'failed') continue;
      await this.#ledger.forget(id);
      this.#entries.delete(id);
    }
  }

  #distinct(units: readonly Unit[]): readonly Unit[] {
    const byId = new Map<string, Unit>();
    for (const unit of units) {
      const same = byId.get(unit.id);
      if (same !== undefined && same.fingerprint !== unit.fingerprint) {
        throw failed({
          code: 'AMBIGUOUS_UNIT',
          message: `${this.#name()} lists the unit ${unit.id} twice, with different contents.`,
          hint: 'Unit ids must be unique within stage and day: mend units() of the stage.',
          details: { unit: unit.id },
        });
      }
      byId.set(unit.id, unit);
    }
    return [...byId.values()];
  }

  /** Judges all units of the day, also those of earlier runs. Rows dropped on purpose don't count. */
  #assertRejectLimit(): void {
    const { share, fromRows } = this.#terms.declaration.rejectLimit ?? DEFAULT_REJECT_LIMIT;
    const day = new Tally();
    for (const { entry } of this.#entries.values()) if (entry.status === 'done') day.worked(entry, []);
    const { rowsRejected, rejected } = day;
    const rowsAsked = day.rowsIn - day.rowsDropped;
    if (rowsAsked < fromRows || rowsRejected <= share * rowsAsked) return;
    throw failed({
      code: 'REJECT_LIMIT_PASSED',
      message: `${this.#name()} rejected ${rowsRejected} of ${rowsAsked} rows; at most ${share * 100} % are allowed.`,
      hint: 'See the quarantine for the rows and their reasons; later stages have not run.',
      details: { rowsAsked, rowsRejected, rejected, limit: share },
    });
  }

  #open(code: StageCode<never>): Promise<StageWork> {
    return (this.#opened ??= this.#migrateAndOpen(code));
  }

  async #migrateAndOpen(code: StageCode<never>): Promise<StageWork> {
    const { request, declaration } = this.#terms;
    const tables = tablesOf(request.feed, declaration, request.params);
    if (tables.length > 0) await request.place.warehouse?.migrate(tables);
    return code.open(this.#context);
  }

  #contextOf(): StageContext<never> {
    const { request, declaration, stage, scratch, now, incomplete } = this.#terms;
    const { feed, date, params, place, log, signal } = request;
    const see = () => {
      this.#incompleteSeen = true;
      return incomplete;
    };
    return {
      ...{ feed: feed.name, stage, date, scratch, now, log, signal },
      params: params as never,
      get incomplete() {
        return see();
      },
      reads: (path) => readHandle(this.#scope, path),
      secrets: guardSecrets(place.secrets, feed.name, stage, declaration.secrets ?? []),
      warehouse:
        place.warehouse &&
        guardWarehouse(place.warehouse, feed.name, stage, tablesOf(feed, declaration, params)),
    };
  }

  #name(): string {
    const { request, stage } = this.#terms;
    return `${request.feed.name}.${stage} of ${request.date}`;
  }
}
