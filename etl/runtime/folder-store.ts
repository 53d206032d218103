import type { BigIntStats } from 'node:fs';
import {
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { shortHash } from './fingerprint.ts';
import { failed } from '../../errors/errors.ts';
import { releaseAbandonedLocks, withFileLock } from './file-lock.ts';
import type { Body, Condition, ObjectStore, StoredObject } from './object-store.ts';
import { fromFileName, hasEnded, thisProcess, toFileName } from './process-identity.ts';
import {
  accessDenied,
  assertKey,
  bucketNotFound,
  conditionFailed,
  diskFull,
  objectNotFound,
} from './store-errors.ts';

const READ_CHUNK = 1 << 20;
const STATS_AT_ONCE = 64;
/** Below the root, beside the buckets; no bucket's name begins with a dot. */
const TEMPORARY = '.tmp';
const LOCKS = '.locks';

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');

const etagOf = (stats: BigIntStats): string => `${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}`;

const objectOf = (key: string, stats: BigIntStats): StoredObject => ({
  key,
  bytes: Number(stats.size),
  etag: etagOf(stats),
  modified: stats.mtime,
});

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

let lastTick = 0;

/**
 * A time in microseconds that this process gives out once. The kernel's own stamps move only every few
 * milliseconds: two quick writes of equal length would look like one.
 */
const uniqueTime = (): number => {
  lastTick = Math.max(lastTick + 1, Math.floor((performance.timeOrigin + performance.now()) * 1000));
  return lastTick / 1_000_000;
};

/**
 * Objects as files: `<root>/<bucket>/<key>`. A put is a temporary file outside the buckets and a rename,
 * so that a reader sees the old or the new object and a kill leaves neither half. Conditional writes hold
 * between processes on one machine. The ETag is size and modification time; nothing is hashed. Writes are
 * left to the operating system to bring to disk: they outlive the process, not a power failure.
 */
export class FolderStore implements ObjectStore {
  readonly #root: string;
  readonly #folders = new Set<string>();
  #sequence = 0;

  private constructor(root: string) {
    this.#root = root;
  }

  /**
   * Opens the store, making its folders.
   * @param root absolute path
   * @param buckets made when missing; any other folder below the root is a bucket as well
   */
  static async open(root: string, buckets: readonly string[] = []): Promise<FolderStore> {
    for (const folder of [TEMPORARY, LOCKS, ...buckets]) await mkdir(join(root, folder), { recursive: true });
    await removeAbandoned(join(root, TEMPORARY));
    await releaseAbandonedLocks(join(root, LOCKS));
    return new FolderStore(root);
  }

  /** A store to look into: nothing is made, not even the root. */
  static reading(root: string): FolderStore {
    return new FolderStore(root);
  }

  async *list(bucket: string, prefix: string): AsyncIterable<StoredObject> {
    assertKey(bucket, `${prefix}x`);
    await this.#requireBucket(bucket);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    yield* this.#walk(bucket, folder, prefix);
  }

  async head(bucket: string, key: string): Promise<StoredObject | undefined> {
    const path = this.#path(bucket, key);
    const stats = await stat(path, { bigint: true }).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw this.#translated(error, bucket, key);
    });
    if (stats?.isFile() === true) return objectOf(key, stats);
    await this.#requireBucket(bucket);
    return undefined;
  }

  async get(bucket: string, key: string) {
    const path = this.#path(bucket, key);
    const handle = await open(path).catch(async (error: unknown) => {
      if (isMissing(error)) await this.#requireBucket(bucket);
      throw this.#translated(error, bucket, key);
    });
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) {
      await handle.close();
      throw objectNotFound(bucket, key);
    }
    return { object: objectOf(key, stats), body: handle.createReadStream({ highWaterMark: READ_CHUNK }) };
  }

  async put(bucket: string, key: string, body: Body, condition?: Condition): Promise<StoredObject> {
    const target = this.#path(bucket, key);
    let source: string | undefined;
    try {
      await this.#makeFolder(bucket, dirname(target));
      source = await this.#stage(body, target);
      const time = uniqueTime();
      await utimes(source, time, time);
      const object = objectOf(key, await stat(source, { bigint: true }));
      await this.#publish(source, target, { bucket, key }, condition);
      return object;
    } catch (error) {
      if (source !== undefined && (typeof body === 'string' || body instanceof Uint8Array)) {
        await rm(source, { force: true });
      }
      throw this.#translated(error, bucket, key);
    }
  }

  uri(bucket: string, key: string): string {
    return `s3://${bucket}/${key}`;
  }

  async delete(bucket: string, key: string): Promise<void> {
    await unlink(this.#path(bucket, key)).catch(async (error: unknown) => {
      if (!isMissing(error)) throw this.#translated(error, bucket, key);
      await this.#requireBucket(bucket);
    });
  }

  /** The object itself: not to be changed. */
  async asFile(bucket: string, key: string): Promise<string> {
    if ((await this.head(bucket, key)) === undefined) throw objectNotFound(bucket, key);
    return this.#path(bucket, key);
  }

  async *#walk(bucket: string, folder: string, prefix: string): AsyncIterable<StoredObject> {
    const entries = await this.#entries(bucket, folder);
    const wanted = entries
      .map(({ name, isFolder }) => ({ isFolder, key: folder + name }))
      .filter(({ key }) => key.startsWith(prefix) || prefix.startsWith(`${key}/`));
    for (let start = 0; start < wanted.length; start += STATS_AT_ONCE) {
      const found = await Promise.all(
        wanted.slice(start, start + STATS_AT_ONCE).map(async ({ isFolder, key }) => ({
          key,
          stats: isFolder ? ('folder' as const) : await this.#statOf(bucket, key),
        })),
      );
      for (const { key, stats } of found) {
        if (stats === 'folder') yield* this.#walk(bucket, `${key}/`, prefix);
        else if (stats !== undefined) yield objectOf(key, stats);
      }
    }
  }

  /** What vanished meanwhile is not there. */
  async #statOf(bucket: string, key: string): Promise<BigIntStats | undefined> {
    try {
      return await stat(this.#path(bucket, key), { bigint: true });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#translated(error, bucket, key);
    }
  }

  /** In the order of the keys: a folder sorts as its name and a slash. A link counts as what it leads to. */
  async #entries(bucket: string, folder: string): Promise<readonly Entry[]> {
    const found = await readdir(join(this.#root, bucket, folder), { withFileTypes: true }).catch(
      (error: unknown) => {
        if (isMissing(error)) return [];
        throw this.#translated(error, bucket, folder);
      },
    );
    const entries = await Promise.all(
      found.map(async (entry) => ({
        name: entry.name,
        isFolder: entry.isSymbolicLink()
          ? (await this.#statOf(bucket, folder + entry.name))?.isDirectory() === true
          : entry.isDirectory(),
      })),
    );
    const sortKey = ({ name, isFolder }: Entry) => (isFolder ? `${name}/` : name);
    return entries.sort((a, b) => compareBytes(sortKey(a), sortKey(b)));
  }

  async #publish(
    source: string,
    target: string,
    { bucket, key }: { readonly bucket: string; readonly key: string },
    condition: Condition | undefined,
  ): Promise<void> {
    if (condition === undefined) {
      await rename(source, target);
    } else if ('ifAbsent' in condition) {
      await link(source, target).catch((error: unknown) => {
        throw codeOf(error) === 'EEXIST' ? conditionFailed(bucket, key, error) : error;
      });
      await unlink(source);
    } else {
      const lock = join(this.#root, LOCKS, shortHash(target));
      await withFileLock(lock, async () => {
        if ((await this.head(bucket, key))?.etag !== condition.ifMatch) throw conditionFailed(bucket, key);
        await rename(source, target);
      });
    }
  }

  /** @returns a file with the body, on the file system of the target */
  async #stage(body: Body, target: string): Promise<string> {
    const temporary = join(this.#root, TEMPORARY, `${toFileName(thisProcess())}~${(this.#sequence += 1)}`);
    if (typeof body === 'string' || body instanceof Uint8Array) {
      await writeFile(temporary, body);
      return temporary;
    }
    if ((await stat(body.file)).dev === (await stat(dirname(target))).dev) return body.file;
    await copyFile(body.file, temporary);
    await unlink(body.file);
    return temporary;
  }

  async #makeFolder(bucket: string, folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    await this.#requireBucket(bucket);
    await mkdir(folder, { recursive: true });
    this.#folders.add(folder);
  }

  async #requireBucket(bucket: string): Promise<void> {
    const stats = await stat(join(this.#root, bucket)).catch(() => undefined);
    if (stats?.isDirectory() !== true) throw bucketNotFound(bucket);
  }

  #path(bucket: string, key: string): string {
    assertKey(bucket, key);
    return join(this.#root, bucket, key);
  }

  #translated(error: unknown, bucket: string, key: string): unknown {
    switch (codeOf(error)) {
      case 'ENOENT':
      case 'EISDIR':
        return objectNotFound(bucket, key, error);
      case 'EACCES':
      case 'EPERM':
        return accessDenied(bucket, key, 'Give the user of this process access to the folder.', error);
      case 'EEXIST':
      case 'ENOTDIR':
      case 'ENOTEMPTY':
        return failed({
          code: 'KEY_CONFLICT',
          message: `${bucket}/${key} cannot be kept as a file: part of its name is an object or a folder.`,
          hint: 'Name the objects so that no key is another key and a slash.',
          details: { bucket, key },
          cause: error,
        });
      case 'ENOSPC':
      case 'EDQUOT':
        return diskFull(`${bucket}/${key}`, { bucket, key }, error);
      default:
        return error;
    }
  }
}

/** Removes what killed processes left in a folder whose entries are named by `toFileName`. */
export const removeAbandoned = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const owner = fromFileName(name);
    if (owner !== undefined && hasEnded(owner))
      await rm(join(folder, name), { recursive: true, force: true });
  }
};
