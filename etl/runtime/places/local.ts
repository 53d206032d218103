import { access, constants, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, usageError, type PeachesError } from '../../../errors/errors.ts';
import { aliasOf, OPERATIONS, type FeedDeclaration } from '../../feed.ts';
import { feeds as register } from '../../feeds.ts';
import { FolderStore, removeAbandoned } from '../folder-store.ts';
import type { Place } from '../run.ts';
import { DuckDbWarehouse } from '../warehouse-duckdb.ts';
import { EnvironmentSecrets, FileSecrets, firstOf } from '../secrets-local.ts';

const unusable = (root: string, cause: unknown): PeachesError =>
  usageError({
    code: 'FOLDER_UNUSABLE',
    message: `Nothing can be written below ${root}: ${messageOf(cause)}.`,
    hint: 'Name a folder that this user may write to.',
    details: { folder: root },
    cause,
  });

/**
 * The embedded place: everything below one folder, nothing else needed. Objects at
 * `store/<bucket>/<key>`, the warehouse in `warehouse.duckdb`, secrets from the environment or
 * `secrets.json`.
 *
 * @param dir made when missing
 * @param chosen feeds whose own buckets are made when missing; all that there are when none is named
 * @throws FOLDER_UNUSABLE when it is no folder, or one that can't be written
 */
export const openLocalPlace = async (dir: string, ...chosen: readonly FeedDeclaration[]): Promise<Place> => {
  const root = resolve(dir);
  const feeds = chosen.length > 0 ? chosen : register;
  const buckets = feeds.flatMap((feed) =>
    Object.keys(feed.buckets).map((bucket) => aliasOf(feed.name, bucket)),
  );
  const scratch = join(root, 'scratch');
  try {
    await mkdir(scratch, { recursive: true });
    await access(scratch, constants.W_OK);
  } catch (error) {
    throw unusable(root, error);
  }
  await removeAbandoned(scratch);
  const warehouse = new DuckDbWarehouse(join(root, 'warehouse.duckdb'));
  return {
    store: await FolderStore.open(join(root, 'store'), [OPERATIONS, ...buckets]),
    operations: OPERATIONS,
    scratch,
    secrets: firstOf(new EnvironmentSecrets(feeds), new FileSecrets(join(root, 'secrets.json'))),
    warehouse,
    close: () => warehouse.close(),
  };
};
