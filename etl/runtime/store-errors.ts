import { failed, messageOf, PeachesError, usageError } from '../../errors/errors.ts';

/** The errors that every object store speaks, so that callers tell them apart without knowing the store. */

export const objectNotFound = (bucket: string, key: string, cause?: unknown): PeachesError =>
  failed({
    code: 'OBJECT_NOT_FOUND',
    message: `There is no object ${bucket}/${key}.`,
    hint: 'It was removed, or never written: run the stage that writes it.',
    details: { bucket, key },
    cause,
  });

export const bucketNotFound = (bucket: string, cause?: unknown): PeachesError =>
  failed({
    code: 'BUCKET_NOT_FOUND',
    message: `There is no bucket ${bucket}.`,
    hint: 'Deploy the stacks, or with --local make the folder store/<bucket> and put the input there.',
    details: { bucket },
    cause,
  });

export const accessDenied = (bucket: string, key: string, hint: string, cause?: unknown): PeachesError =>
  failed({
    code: 'ACCESS_DENIED',
    message: `Access to ${bucket}/${key} was denied.`,
    hint,
    details: { bucket, key },
    cause,
  });

export const conditionFailed = (bucket: string, key: string, cause?: unknown): PeachesError =>
  failed({
    code: 'CONDITION_FAILED',
    message: `${bucket}/${key} was changed by somebody else.`,
    hint: 'Read it again and decide anew.',
    details: { bucket, key },
    cause,
  });

export const transferBroken = (bucket: string, key: string, detail: string, cause?: unknown): PeachesError =>
  failed({
    code: 'TRANSFER_BROKEN',
    message: `The transfer of ${bucket}/${key} broke off: ${detail}.`,
    hint: 'Run again.',
    details: { bucket, key },
    cause,
  });

/** @param what there is no room for */
export const diskFull = (what: string, details: unknown, cause: unknown): PeachesError =>
  failed({
    code: 'DISK_FULL',
    message: `There is no room on the disk for ${what}.`,
    hint: 'Free some space and run again; nothing half-written is left.',
    details,
    cause,
  });

/** Some, like DuckDB, pass on what the disk said in words alone. */
const NO_SPACE = /no space left on device|disk quota exceeded/i;

/** @returns DISK_FULL for an error that only says so in its text, every other one as it is */
export const namingFullDisk = (error: unknown): unknown => {
  const text = messageOf(error);
  if (error instanceof PeachesError || !NO_SPACE.test(text)) return error;
  return diskFull('temporary files', { cause: text }, error);
};

const MAX_KEY_BYTES = 1024;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u;

/** Names in a path that mean something else to a file system. */
const isUnsafe = (segment: string): boolean => segment === '' || segment === '.' || segment === '..';

/** Whether a key names the same object in every store: no empty, `.` or `..` segment, at most 1024 bytes. */
export const isPortableKey = (key: string): boolean =>
  !key.includes('\0') && Buffer.byteLength(key) <= MAX_KEY_BYTES && !key.split('/').some(isUnsafe);

/** @throws INVALID_KEY unless bucket and key can be kept by every store */
export const assertKey = (bucket: string, key: string): void => {
  if (BUCKET.test(bucket) && isPortableKey(key)) return;
  throw usageError({
    code: 'INVALID_KEY',
    message: `${JSON.stringify(`${bucket}/${key}`)} cannot be the name of an object.`,
    hint: 'Use at most 1024 bytes, and no empty, "." or ".." part.',
    details: { bucket, key },
  });
};
