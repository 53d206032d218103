import type { ImageDetail } from '@aws-sdk/client-ecr';
import { usageError } from '../errors/errors.ts';
import { deleteImages, describeImages, openRepository, partsOf, type Repository } from './ecr.ts';
import { WORKER } from './plan.ts';
import { imageUsage, type Usage, type UsageRequest } from './usage.ts';

export interface ImageRow {
  readonly image: string;
  /** Absent for an image that lost its tag. */
  readonly tag: string | undefined;
  readonly digest: string;
  /** Compressed, as the registry stores it. */
  readonly bytes: number;
  readonly pushedAt: Date | undefined;
  /** Environments, task definitions and units of hosts that name this digest. */
  readonly usedBy: readonly string[];
}

export interface PruneRequest extends UsageRequest {
  /** How many of the newest images stay whether used or not; at least 1. Default 10. */
  readonly keep?: number;
  /** Say what would go, delete nothing. */
  readonly dryRun?: boolean;
}

export interface PruneResult {
  readonly deleted: readonly ImageRow[];
  readonly kept: readonly ImageRow[];
}

const DEFAULT_KEEP = 10;

const rowOf = (detail: ImageDetail, usage: Usage): ImageRow => ({
  image: WORKER,
  tag: detail.imageTags?.[0],
  digest: detail.imageDigest ?? '',
  bytes: detail.imageSizeInBytes ?? 0,
  pushedAt: detail.imagePushedAt,
  usedBy: usage.get(detail.imageDigest ?? '') ?? [],
});

const open = async (
  request: UsageRequest,
): Promise<{ repository: Repository; details: readonly ImageDetail[]; usage: Usage }> => {
  const repository = await openRepository(request.env, request.endpointEnvironment, WORKER);
  const [details, usage] = await Promise.all([describeImages(repository), imageUsage(request)]);
  return { repository, details, usage };
};

/**
 * The environment's images, newest first.
 * @throws REPOSITORY_MISSING
 */
export const listImages = async (request: UsageRequest): Promise<readonly ImageRow[]> => {
  const { details, usage } = await open(request);
  return details.map((detail) => rowOf(detail, usage));
};

/**
 * Deletes images that nobody needs: never one that a pin of any environment, an active task
 * definition or a host's unit names, never one of the newest, never a platform's part of one that stays.
 * @throws REPOSITORY_MISSING, PRUNE_KEEPS_NOTHING, IMAGES_NOT_DELETED
 */
export const pruneImages = async (request: PruneRequest): Promise<PruneResult> => {
  const keep = request.keep ?? DEFAULT_KEEP;
  if (!Number.isInteger(keep) || keep < 1) {
    throw usageError({
      code: 'PRUNE_KEEPS_NOTHING',
      message: `${keep} is no number of images to keep.`,
      hint: 'Keep at least 1: the newest image may be about to be deployed.',
    });
  }
  const { repository, details, usage } = await open(request);
  const stays = details.filter(
    ({ imageDigest = '' }, position) => position < keep || (usage.get(imageDigest) ?? []).length > 0,
  );
  const parts = await Promise.all(stays.map((detail) => partsOf(repository, detail)));
  const kept = new Set([...stays.map(({ imageDigest = '' }) => imageDigest), ...parts.flat()]);
  const rows = details.map((detail) => rowOf(detail, usage));
  const deleted = rows.filter(({ digest }) => !kept.has(digest));
  if (request.dryRun !== true) {
    await deleteImages(
      repository,
      deleted.map(({ digest }) => digest),
    );
  }
  return { deleted, kept: rows.filter(({ digest }) => kept.has(digest)) };
};
