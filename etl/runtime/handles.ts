import type { Readable } from 'node:stream';
import type { Body, StoredObject } from './object-store.ts';

/** A declared prefix, for reading. Names are relative to it, so that a stage can't leave it. */
export interface ReadHandle {
  /** `<bucket alias>/<prefix>`. */
  readonly path: string;
  /** Objects below `under` (relative), by name; `key` is relative to the handle. */
  list(under?: string): Promise<readonly StoredObject[]>;
  /** Whether there is any object below `under`; asks for no more than that. */
  any(under?: string): Promise<boolean>;
  head(name: string): Promise<StoredObject | undefined>;
  open(name: string): Promise<Readable>;
  /** The whole object; only for small ones (dictionaries, summaries). */
  bytes(name: string): Promise<Buffer>;
  /** A local file with the object's bytes, valid until the run ends. It is not to be changed or moved. */
  asFile(name: string): Promise<string>;
}

/** A declared prefix, for writing. Each put appears whole or not at all. */
export interface WriteHandle {
  readonly path: string;
  /** How other services name what is put under a name: `s3://<bucket>/<key>`. */
  uri(name: string): string;
  /** @returns what was stored; the output is noted under the unit at work. */
  put(name: string, body: Body, options?: PutOptions): Promise<StoredObject>;
  /** Takes back a lasting object. Removing what is not there is no error. */
  remove(name: string): Promise<void>;
}

export interface PutOptions {
  /** It belongs to all days, not to the unit: neither a later try of the unit nor its failure removes it. */
  readonly lasting?: boolean;
}
