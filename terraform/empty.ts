import {
  BatchDeleteImageCommand,
  ECRClient,
  ListImagesCommand,
  RepositoryNotFoundException,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  NoSuchBucket,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
  type ObjectIdentifier,
} from '@aws-sdk/client-s3';
import { failed, interrupted } from '../errors/errors.ts';
import { clientSettings, type AccountAccess } from '../config/access.ts';

/**
 * Empties what Terraform may not delete while something is in it. Nothing is
 * remembered between calls: what is gone is gone, the next call deletes the rest.
 */

export interface EmptyOptions extends AccountAccess {
  /** Told after each batch how many versions or images are gone so far. */
  readonly onProgress?: (deleted: number) => void;
  readonly signal?: AbortSignal;
}

const stopWhenAsked = (name: string, signal: AbortSignal | undefined): void => {
  if (!signal?.aborted) return;
  throw interrupted({
    code: 'INTERRUPTED',
    message: `Emptying ${name} was interrupted.`,
    hint: 'Call again: it goes on with what is left.',
  });
};

const notEmptied = (name: string, reason: string) =>
  failed({
    code: 'NOT_EMPTIED',
    message: `${name} could not be emptied: ${reason}.`,
    hint: 'Check what protects it (object lock, a policy, an image in use), then call again.',
    details: { name },
  });

/** The first versions and delete markers, as many as one deletion takes. */
const versions = async (client: S3Client, bucket: string): Promise<ObjectIdentifier[]> => {
  const { Versions = [], DeleteMarkers = [] } = await client.send(
    new ListObjectVersionsCommand({ Bucket: bucket }),
  );
  return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
};

const abortUploads = async (client: S3Client, bucket: string, signal?: AbortSignal): Promise<void> => {
  for (;;) {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    if (Uploads.length === 0) return;
    for (const { Key, UploadId } of Uploads) {
      stopWhenAsked(bucket, signal);
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
  }
};

/**
 * Deletes every version and delete marker, and unfinished uploads.
 *
 * @returns how many versions and markers were deleted; 0 when there is no such bucket
 * @throws PeachesError NOT_EMPTIED, INTERRUPTED
 */
export const emptyBucket = async (bucket: string, options: EmptyOptions): Promise<number> => {
  const client = new S3Client(clientSettings(options));
  let deleted = 0;
  try {
    for (;;) {
      stopWhenAsked(bucket, options.signal);
      const objects = await versions(client, bucket);
      if (objects.length === 0) break;
      const { Errors: [error] = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
      );
      if (error !== undefined) throw notEmptied(bucket, `${error.Key ?? ''}: ${error.Message ?? ''}`);
      deleted += objects.length;
      options.onProgress?.(deleted);
    }
    await abortUploads(client, bucket, options.signal);
    return deleted;
  } catch (error) {
    if (error instanceof NoSuchBucket) return deleted;
    throw error;
  } finally {
    client.destroy();
  }
};

/** ECR takes so many images in one call. */
const IMAGES_AT_ONCE = 100;

/** Untagged images are listed once, tagged ones once a tag: a digest covers them all. */
const digestsOf = (images: readonly ImageIdentifier[]): ImageIdentifier[] =>
  [...new Set(images.map(({ imageDigest }) => imageDigest))].map((imageDigest) => ({ imageDigest }));

/**
 * Deletes every image. A manifest list is deleted before the images it names, so it takes passes.
 *
 * @returns how many images were deleted; 0 when there is no such repository
 * @throws PeachesError NOT_EMPTIED, INTERRUPTED
 */
export const emptyRepository = async (repository: string, options: EmptyOptions): Promise<number> => {
  const client = new ECRClient(clientSettings(options));
  let deleted = 0;
  try {
    for (;;) {
      stopWhenAsked(repository, options.signal);
      const { imageIds = [] } = await client.send(
        new ListImagesCommand({ repositoryName: repository, maxResults: IMAGES_AT_ONCE }),
      );
      if (imageIds.length === 0) return deleted;
      const answer = await client.send(
        new BatchDeleteImageCommand({ repositoryName: repository, imageIds: digestsOf(imageIds) }),
      );
      const gone = new Set((answer.imageIds ?? []).map(({ imageDigest }) => imageDigest)).size;
      if (gone === 0)
        throw notEmptied(repository, answer.failures?.[0]?.failureReason ?? 'nothing was deleted');
      deleted += gone;
      options.onProgress?.(deleted);
    }
  } catch (error) {
    if (error instanceof RepositoryNotFoundException) return deleted;
    throw error;
  } finally {
    client.destroy();
  }
};
