import type { Readable } from 'node:stream';

/** One object as a listing or a head shows it. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** Changes whenever the content may have changed; opaque. */
  readonly etag: string;
  /** When it was put; unknown in the answer to a put. */
  readonly modified?: Date;
}

/** A write that happens only when the object is absent, or still has that ETag. */
export type Condition = { readonly ifAbsent: true } | { readonly ifMatch: string };

/** What is put: a whole in memory, or a file on this machine, which the store may move away. */
export type Body = string | Uint8Array | { readonly file: string };

/**
 * Objects in buckets, as S3 has them. Buckets are named by alias (`freewheel-logs`) or, when they
 * are somebody else's, by their real name. A put appears whole or not at all.
 *
 * Errors: OBJECT_NOT_FOUND, BUCKET_NOT_FOUND, ACCESS_DENIED, CONDITION_FAILED as `PeachesError`
 * codes, so that callers tell them apart without knowing the store.
 */
export interface ObjectStore {
  /** All objects whose key starts with the prefix, by key in UTF-8 order. */
  list(bucket: string, prefix: string): AsyncIterable<StoredObject>;
  head(bucket: string, key: string): Promise<StoredObject | undefined>;
  /** The object's bytes. A broken transfer is an error of the stream, never an early end. */
  get(bucket: string, key: string): Promise<{ readonly object: StoredObject; readonly body: Readable }>;
  put(bucket: string, key: string, body: Body, condition?: Condition): Promise<StoredObject>;
  /** How other services name an object: `s3://<bucket>/<key>`, with the bucket's real name where it has one. */
  uri(bucket: string, key: string): string;
  /** Removing what is not there is no error. */
  delete(bucket: string, key: string): Promise<void>;
  /** The object as a file on this machine, for readers that need one; valid until the run ends. */
  asFile(bucket: string, key: string, scratch: string): Promise<string>;
}
