import { createHash } from 'node:crypto';
import { PeachesError } from '../../errors/errors.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { ReadHandle } from '../runtime/handles.ts';
import type { StoredObject } from '../runtime/object-store.ts';
import type { Unit } from '../runtime/stage.ts';

/** A log, and those before it by name that have its size: only of one of these may it be a copy. */
export interface LogUnit extends Unit {
  readonly etag: string;
  readonly before: readonly StoredObject[];
}

/**
 * A unit for each log. The logs that one may be a copy of are part of its fingerprint, so that it is worked again
 * when one of them comes, changes or goes; what they hold is read only then.
 * @param logs of one day, by name
 */
export const unitsOfLogs = (logs: readonly StoredObject[]): readonly LogUnit[] => {
  const bySize = new Map<number, readonly StoredObject[]>();
  return logs.map((log) => {
    const before = bySize.get(log.bytes) ?? [];
    bySize.set(log.bytes, [...before, log]);
    const others = before.map(({ key, etag }) => [key, etag]);
    const fingerprint = others.length === 0 ? log.etag : fingerprintOf(log.etag, others);
    return { id: log.key, etag: log.etag, fingerprint, before };
  });
};

/** Compares logs of one size by their content, each of which is read once. */
export class LogDigests {
  readonly #signal: AbortSignal;
  readonly #known = new Map<string, Promise<string | undefined>>();

  /** @param signal ends reading */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @returns the first log by name that is byte for byte the same, unless that is the log itself */
  async originalOf({ id, before }: LogUnit, logs: ReadHandle): Promise<string | undefined> {
    for (const { key } of before) {
      const digest = await this.#of(key, logs);
      if (digest !== undefined && digest === (await this.#of(id, logs))) return key;
    }
    return undefined;
  }

  #of(log: string, logs: ReadHandle): Promise<string | undefined> {
    const known = this.#known.get(log);
    if (known !== undefined) return known;
    const digest = this.#read(log, logs);
    this.#known.set(log, digest);
    // One that failed is read again by the next who asks.
    digest.catch(() => this.#known.delete(log));
    return digest;
  }

  /** @returns SHA-256 in hexadecimal; undefined when the log is no longer there */
  async #read(log: string, logs: ReadHandle): Promise<string | undefined> {
    const hash = createHash('sha256');
    try {
      for await (const chunk of await logs.open(log)) {
        this.#signal.throwIfAborted();
        hash.update(chunk as Buffer);
      }
    } catch (error) {
      if (error instanceof PeachesError && error.code === 'OBJECT_NOT_FOUND') return undefined;
      throw error;
    }
    return hash.digest('hex');
  }
}
