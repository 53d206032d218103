import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { shortHash } from './fingerprint.ts';
import { PeachesError } from '../../errors/errors.ts';
import type { Body, Condition, ObjectStore, StoredObject } from './object-store.ts';
import { s3Error } from './s3-errors.ts';
import { assertKey, bucketNotFound, objectNotFound, transferBroken } from './store-errors.ts';

const CHUNK = 1 << 20;

/** A bucket as it is reached: its name in S3, and a client with the credentials for it. */
export interface S3Bucket {
  readonly name: string;
  /** `renew` is asked for after S3 called the credentials expired. */
  client(renew?: boolean): Promise<S3Client> | S3Client;
}

const conditionOf = (condition: Condition | undefined) => {
  if (condition === undefined) return {};
  return 'ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof PeachesError ? error.code : undefined;

/**
 * Objects in S3. ETags are taken as they come: for multipart and encrypted objects they are no hash.
 */
export class S3Store implements ObjectStore {
  readonly #buckets: ReadonlyMap<string, S3Bucket>;

  /** @param buckets by the name that stages know: an alias, or an external bucket's own */
  constructor(buckets: ReadonlyMap<string, S3Bucket>) {
    this.#buckets = buckets;
  }

  async *list(bucket: string, prefix: string): AsyncIterable<StoredObject> {
    let ContinuationToken: string | undefined;
    do {
      const token = ContinuationToken;
      const page = await this.#call(bucket, prefix, (client, Bucket) =>
        client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: token })),
      );
      for (const { Key = '', Size = 0, ETag = '', LastModified } of page.Contents ?? []) {
        yield { key: Key, bytes: Size, etag: ETag, ...(LastModified && { modified: LastModified }) };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async head(bucket: string, key: string): Promise<StoredObject | undefined> {
    assertKey(bucket, key);
    try {
      const { ContentLength = 0, ETag = '' } = await this.#call(bucket, key, (client, Bucket) =>
        client.send(new HeadObjectCommand({ Bucket, Key: key })),
      );
      return { key, bytes: ContentLength, etag: ETag };
    } catch (error) {
      const settled = await this.#settleAbsence(error, bucket, key);
      if (codeOf(settled) === 'OBJECT_NOT_FOUND') return undefined;
      throw settled;
    }
  }

  async get(bucket: string, key: string) {
    assertKey(bucket, key);
    const {
      Body,
      ContentLength = 0,
      ETag = '',
    } = await this.#call(bucket, key, (client, Bucket) =>
      client.send(new GetObjectCommand({ Bucket, Key: key })),
    ).catch(async (error: unknown) => {
      throw await this.#settleAbsence(error, bucket, key);
    });
    const object = { key, bytes: ContentLength, etag: ETag };
    return { object, body: wholeBody(Body as Readable, bucket, object) };
  }

  async put(bucket: string, key: string, body: Body, condition?: Condition): Promise<StoredObject> {
    assertKey(bucket, key);
    try {
      return typeof body === 'string' || body instanceof Uint8Array
        ? await this.#putBytes(bucket, key, Buffer.from(body), condition)
        : await this.#putFile(bucket, key, body.file, condition);
    } catch (error) {
      // A condition on what is not there: S3 says not found, where others say that the condition failed.
      if (condition !== undefined && codeOf(error) === 'OBJECT_NOT_FOUND') {
        throw s3Error({ $metadata: { httpStatusCode: 412 } }, bucket, key);
      }
      throw error;
    }
  }

  uri(bucket: string, key: string): string {
    return `s3://${this.#buckets.get(bucket)?.name ?? bucket}/${key}`;
  }

  async delete(bucket: string, key: string): Promise<void> {
    assertKey(bucket, key);
    await this.#call(bucket, key, (client, Bucket) =>
      client.send(new DeleteObjectCommand({ Bucket, Key: key })),
    );
  }

  async asFile(bucket: string, key: string, scratch: string): Promise<string> {
    const { object, body } = await this.get(bucket, key);
    const hash = shortHash(`${bucket}/${key}\n${object.etag}`, 40);
    const file = join(scratch, hash);
    const partial = `${file}.${randomUUID()}`;
    await pipeline(body, createWriteStream(partial, { highWaterMark: CHUNK }));
    await rename(partial, file);
    return file;
  }

  async #putBytes(
    bucket: string,
    key: string,
    bytes: Buffer,
    condition: Condition | undefined,
  ): Promise<StoredObject> {
    const { ETag = '' } = await this.#call(bucket, key, (client, Bucket) =>
      client.send(new PutObjectCommand({ Bucket, Key: key, Body: bytes, ...conditionOf(condition) })),
    );
    return { key, bytes: bytes.length, etag: ETag };
  }

  /** In parts when it is big; parts of a broken upload are not left. */
  async #putFile(
    bucket: string,
    key: string,
    file: string,
    condition: Condition | undefined,
  ): Promise<StoredObject> {
    const { size } = await stat(file);
    const { ETag = '' } = await this.#call(bucket, key, async (client, Bucket) => {
      const Body = createReadStream(file, { highWaterMark: CHUNK });
      return new Upload({
        client,
        params: { Bucket, Key: key, Body, ...conditionOf(condition) },
        leavePartsOnError: false,
      }).done();
    });
    await unlink(file);
    return { key, bytes: size, etag: ETag };
  }

  /** Runs a request, with new credentials once if S3 calls them expired, and puts errors into our words. */
  async #call<T>(
    bucket: string,
    key: string,
    request: (client: S3Client, name: string) => Promise<T>,
  ): Promise<T> {
    const reached = this.#buckets.get(bucket);
    if (reached === undefined) throw bucketNotFound(bucket);
    const attempt = async (renew: boolean): Promise<T> => {
      try {
        return await request(await reached.client(renew), reached.name);
      } catch (error) {
        throw s3Error(error, bucket, key);
      }
    };
    try {
      return await attempt(false);
    } catch (error) {
      if (codeOf(error) !== 'CREDENTIALS_EXPIRED') throw error;
      return attempt(true);
    }
  }

  /**
   * Makes sure what an error about an object means. Who may list only below a prefix is told 403 for
   * an object that is not there, and a head that finds nothing does not say whether the bucket exists.
   */
  async #settleAbsence(error: unknown, bucket: string, key: string): Promise<unknown> {
    if (codeOf(error) === 'ACCESS_DENIED') {
      const page = await this.#call(bucket, key, (client, Bucket) =>
        client.send(new ListObjectsV2Command({ Bucket, Prefix: key, MaxKeys: 1 })),
      ).catch(() => undefined);
      if (page === undefined || page.Contents?.[0]?.Key === key) return error;
      return objectNotFound(bucket, key, error);
    }
    if (codeOf(error) === 'OBJECT_NOT_FOUND') {
      const answer: unknown = await this.#call(bucket, '', (client, Bucket) =>
        client.send(new HeadBucketCommand({ Bucket })),
      ).catch((reason: unknown) => reason);
      if (codeOf(answer) === 'OBJECT_NOT_FOUND' || codeOf(answer) === 'BUCKET_NOT_FOUND') {
        return bucketNotFound(bucket, error);
      }
    }
    return error;
  }
}

/** The body, which ends in an error unless it is as long as S3 said. */
const wholeBody = (body: Readable, bucket: string, object: StoredObject): Readable => {
  let seen = 0;
  const counter = new Transform({
    highWaterMark: CHUNK,
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(undefined, chunk);
    },
    flush(done) {
      if (seen === object.bytes) done();
      else done(transferBroken(bucket, object.key, `${seen} of ${object.bytes} bytes came`));
    },
  });
  body.once('error', (error) => {
    counter.destroy(transferBroken(bucket, object.key, error.message, error));
  });
  body.once('close', () => {
    if (!body.readableEnded) {
      counter.destroy(transferBroken(bucket, object.key, `${seen} of ${object.bytes} bytes came`));
    }
  });
  counter.once('close', () => body.destroy());
  return body.pipe(counter);
};
