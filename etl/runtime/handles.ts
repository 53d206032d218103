import type { Readable } from 'node:stream';
import type { Body, StoredObject } from './object-store.ts';

/** A declared prefix, for reading. Names are relative to it, so that a stage can't leave it. */
export interface ReadHandle {
  /** `<bucket alias>/<prefix>`. */
  readonly path: string;
  /** Objects below `under` (relative), by name; `key` is relative to the handle. */
  list(under?: string): Promise<readonly StoredObject[]>;
  head(name: string): Promise<StoredObject | undefined>;
  open(name: string): Promise<Readable>;
  /** The whole object; only for small ones (dictionaries, summaries). */
  bytes(name: string): Promise<Buffer>;
  /** A local file with the object's bytes, valid until the run ends. */
  asFile(name: string): Promise<string>;
}

/** A declared prefix, for writing. Each put appears whole or not at all. */
export interface WriteHandle {
  readonly path: string;
  /** @returns what was stored; the output is noted under the unit at work. */
  put(name: string, body: Body): Promise<StoredObject>;
}
