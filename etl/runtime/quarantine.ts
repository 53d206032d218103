import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { reasonOf, type PeachesError } from '../../errors/errors.ts';
import { shortHash } from './fingerprint.ts';
import type { ReadHandle } from './handles.ts';
import type { Body, ObjectStore } from './object-store.ts';
import { isPortableKey } from './store-errors.ts';

/** Why something could not be used, and where it came from. */
export interface Rejection {
  /** Permanent word with hyphens: `gzip-truncated`, `missing-column`, `not-a-whole-number`. */
  readonly reason: string;
  /** The plain sentence for a person, with field and value. */
  readonly detail: string;
}

/** The rejection that an error comes to. */
export const rejectionOf = (error: PeachesError): Rejection => ({
  reason: reasonOf(error),
  detail: error.message,
});

export interface RejectedRow extends Rejection {
  /** 1 is the first line after the header; a row with embedded newlines counts as one. */
  readonly row: number;
  /** The file within an archive. */
  readonly member?: string;
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
  /** A whole input that can't be used: a copy of it, and beside it the reason that the error gives. */
  whole(source: { readonly path: string; readonly name: string }, error: PeachesError): Promise<void>;
}

export interface QuarantineScope {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** `quarantine/<feed>/<stage>/date=<date>/`. */
  readonly prefix: string;
  readonly unit: string;
  readonly scratch: string;
  readonly reads: (path: string) => ReadHandle;
  readonly beforeWrite: (path: string) => Promise<void>;
  readonly onWritten: (path: string) => void;
  readonly now: () => Date;
}

const compress = promisify(gzip);

const hashOf = (text: string): string => shortHash(text, 40);

/** The quarantine of one unit. */
export const openQuarantine = (scope: QuarantineScope): QuarantineWriter => {
  const name = isPortableKey(scope.unit) ? scope.unit : hashOf(scope.unit);

  const put = async (suffix: string, body: Body): Promise<void> => {
    const key = `${scope.prefix}${name}${suffix}`;
    const path = `${scope.bucket}/${key}`;
    await scope.beforeWrite(path);
    await scope.store.put(scope.bucket, key, body);
    scope.onWritten(path);
  };

  return {
    async rows(rows) {
      if ('jsonlGzFile' in rows) {
        if (rows.count > 0) await put('.rejected.jsonl.gz', { file: rows.jsonlGzFile });
        return;
      }
      if (rows.length === 0) return;
      const lines = rows.map((row) => `${JSON.stringify({ source: scope.unit, ...row })}\n`);
      await put('.rejected.jsonl.gz', await compress(lines.join('')));
    },
    async whole(source, error) {
      const handle = scope.reads(source.path);
      const copy = join(scope.scratch, `quarantine-${hashOf(`${scope.unit}\n${source.name}`)}`);
      await copyFile(await handle.asFile(source.name), copy, constants.COPYFILE_FICLONE);
      await put('', { file: copy });
      const facts = {
        source: handle.path + source.name,
        ...rejectionOf(error),
        asOf: scope.now().toISOString(),
      };
      await put('.reason.json', `${JSON.stringify(facts, undefined, 2)}\n`);
    },
  };
};
