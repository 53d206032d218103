import { text } from 'node:stream/consumers';
import pLimit from 'p-limit';
import { shortHash } from './fingerprint.ts';
import { failed, PeachesError } from '../../errors/errors.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import { hasEnded, thisProcess, type ProcessIdentity } from './process-identity.ts';
import type { Unit, UtcDate } from './stage.ts';

/**
 * Which units are done, one object a unit: `ledger/<feed>/<stage>/date=<date>/<hash>.json`.
 * A unit is claimed by a conditional write, so one worker has it at a time. Every output is written
 * down in the claim before it appears, again by a conditional write: a worker that has lost its claim
 * can't publish, and what a killed one left behind is known to the next.
 */

const READS_AT_ONCE = 32;

/** A claim that nobody renews for so long is anybody's: its holder was killed where it can't be seen. */
export const LEASE_MS = 3 * 60_000;
const RENEW_EVERY_MS = 60_000;

const leaseFrom = (now: Date): string => new Date(now.getTime() + LEASE_MS).toISOString();

export interface UnitCounters {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface UnitFailure {
  readonly reason: string;
  readonly detail: string;
  /** The same input will fail again; otherwise the next run tries once more. */
  readonly terminal: boolean;
}

export interface LedgerEntry {
  readonly unit: string;
  readonly fingerprint: string;
  /** `released`: given up before the end, for anybody to take. */
  readonly status: 'claimed' | 'released' | 'done' | 'failed';
  /** The day's state that the unit's figures tell; absent when the stage never looked at it. */
  readonly incomplete?: boolean;
  readonly version: string;
  readonly run: string;
  readonly at: string;
  readonly owner?: ProcessIdentity | undefined;
  readonly leaseUntil?: string | undefined;
  /** `<bucket>/<key>` of all that exists, or may, by this unit's doing. */
  readonly outputs: readonly string[];
  readonly quarantined: readonly string[];
  /** What this unit wrote of objects that belong to all days, see `PutOptions.lasting`. */
  readonly lasting: readonly string[];
  readonly counters?: UnitCounters;
  readonly failure?: UnitFailure;
}

/** An entry and the version of the object that holds it. */
export interface LedgerRecord {
  readonly entry: LedgerEntry;
  readonly etag: string;
}

export interface LedgerPlace {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly feed: string;
  readonly stage: string;
  readonly date: UtcDate;
}

const isConditionFailed = (error: unknown): boolean =>
  error instanceof PeachesError && error.code === 'CONDITION_FAILED';

const isNotFound = (error: unknown): boolean =>
  error instanceof PeachesError && error.code === 'OBJECT_NOT_FOUND';

/** Whether somebody who is alive, as far as can be known, works on the unit. */
export const isHeld = (entry: LedgerEntry, now: Date): boolean =>
  entry.status === 'claimed' &&
  entry.owner !== undefined &&
  !hasEnded(entry.owner) &&
  now.toISOString() < (entry.leaseUntil ?? '');

export interface ClaimTerms {
  readonly run: string;
  readonly version: string;
  readonly now: () => Date;
}

export class Ledger {
  readonly #place: LedgerPlace;

  constructor(place: LedgerPlace) {
    this.#place = place;
  }

  /** All entries of the stage and day, by unit. */
  async read(): Promise<Map<string, LedgerRecord>> {
    const { store, bucket } = this.#place;
    const keys: string[] = [];
    for await (const { key } of store.list(bucket, this.#prefix())) keys.push(key);
    const limit = pLimit(READS_AT_ONCE);
    const records = await Promise.all(keys.map((key) => limit(() => this.#readKey(key))));
    return new Map(
      records.filter((record) => record !== undefined).map((record) => [record.entry.unit, record]),
    );
  }

  /** The entry of one unit as it stands now. */
  readUnit(unit: string): Promise<LedgerRecord | undefined> {
    return this.#readKey(this.#keyOf(unit));
  }

  /**
   * Takes a unit. @param previous the entry that was seen, to be replaced
   * @returns undefined when somebody else was faster
   */
  async claim(unit: Unit, previous: LedgerRecord | undefined, terms: ClaimTerms): Promise<Claim | undefined> {
    const now = terms.now();
    const entry: LedgerEntry = {
      unit: unit.id,
      fingerprint: unit.fingerprint,
      status: 'claimed',
      version: terms.version,
      run: terms.run,
      at: now.toISOString(),
      owner: thisProcess(),
      leaseUntil: leaseFrom(now),
      outputs: previous?.entry.outputs ?? [],
      quarantined: previous?.entry.quarantined ?? [],
      lasting: [],
    };
    try {
      const { etag } = await this.#write(entry, previous?.etag);
      return new Claim({ entry, etag }, (next, ifMatch) => this.#write(next, ifMatch), terms.now);
    } catch (error) {
      if (isConditionFailed(error)) return undefined;
      throw error;
    }
  }

  /** Forgets a unit whose input is gone. */
  async forget(unit: string): Promise<void> {
    await this.#place.store.delete(this.#place.bucket, this.#keyOf(unit));
  }

  #write(entry: LedgerEntry, ifMatch: string | undefined): Promise<StoredObject> {
    const condition = ifMatch === undefined ? { ifAbsent: true as const } : { ifMatch };
    const { store, bucket } = this.#place;
    return store.put(bucket, this.#keyOf(entry.unit), `${JSON.stringify(entry)}\n`, condition);
  }

  async #readKey(key: string): Promise<LedgerRecord | undefined> {
    try {
      const { object, body } = await this.#place.store.get(this.#place.bucket, key);
      return { entry: JSON.parse(await text(body)) as LedgerEntry, etag: object.etag };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!(error instanceof SyntaxError)) throw error;
      throw failed({
        code: 'LEDGER_DAMAGED',
        message: `The ledger entry ${this.#place.bucket}/${key} is not JSON.`,
        hint: 'Delete the object: its unit is then worked again.',
        details: { bucket: this.#place.bucket, key },
        cause: error,
      });
    }
  }

  #prefix(): string {
    const { feed, stage, date } = this.#place;
    return `ledger/${feed}/${stage}/date=${date}/`;
  }

  #keyOf(unit: string): string {
    return `${this.#prefix()}${shortHash(unit, 40)}.json`;
  }
}

/** A unit in this worker's hands. Every method throws CONDITION_FAILED when the claim has been lost. */
export class Claim {
  readonly #write: (entry: LedgerEntry, ifMatch: string) => Promise<StoredObject>;
  readonly #now: () => Date;
  #record: LedgerRecord;
  #lost = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    record: LedgerRecord,
    write: (entry: LedgerEntry, ifMatch: string) => Promise<StoredObject>,
    now: () => Date,
  ) {
    this.#record = record;
    this.#write = write;
    this.#now = now;
  }

  get entry(): LedgerEntry {
    return this.#record.entry;
  }

  /** Another worker has taken the unit over. */
  get isLost(): boolean {
    return this.#lost;
  }

  /**
   * Renews the lease every so often, until the function that it returns is called.
   * @param everyMs far less than a lease, so that one renewal may fail
   */
  keepAlive(everyMs = RENEW_EVERY_MS): () => void {
    const beat = setInterval(() => void this.#renew().catch(() => undefined), everyMs);
    beat.unref();
    return () => clearInterval(beat);
  }

  /** Writes down what is about to appear. */
  async announce(kind: 'outputs' | 'quarantined' | 'lasting', path: string): Promise<void> {
    await this.#update((entry) => ({ ...entry, [kind]: [...new Set([...entry[kind], path])] }));
  }

  /** Ends the claim with what became of the unit. */
  settle(
    outcome: Pick<LedgerEntry, 'status' | 'outputs' | 'quarantined' | 'incomplete' | 'counters' | 'failure'>,
  ): Promise<LedgerRecord> {
    return this.#update((entry) => ({ ...entry, ...outcome, owner: undefined, leaseUntil: undefined }));
  }

  /** A claim that was settled meanwhile is left as it is. */
  async #renew(): Promise<void> {
    if (this.#record.entry.status === 'claimed') await this.#update((entry) => entry);
  }

  /** One write after the other: each needs the ETag of the one before. */
  #update(change: (entry: LedgerEntry) => LedgerEntry): Promise<LedgerRecord> {
    const next = this.#last.then(async () => {
      const now = this.#now();
      const changed = change(this.#record.entry);
      const held = changed.status === 'claimed' && { leaseUntil: leaseFrom(now) };
      const entry = { ...changed, ...held, at: now.toISOString() };
      const { etag } = await this.#write(entry, this.#record.etag).catch((error: unknown) => {
        this.#lost ||= isConditionFailed(error);
        throw error;
      });
      this.#record = { entry, etag };
      return this.#record;
    });
    this.#last = next.catch(() => undefined);
    return next;
  }
}
