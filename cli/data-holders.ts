import { ECRClient, ListImagesCommand } from '@aws-sdk/client-ecr';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { clientSettings } from '../terraform/access.ts';
import type { AccountAccess } from '../terraform/access.ts';
import { emptyBucket, emptyRepository } from '../terraform/empty.ts';
import type { FoundResource } from '../terraform/inventory.ts';
import type { Step } from './output.ts';

/** A bucket or an image repository with something in it, which Terraform can't delete as it is. */
export interface DataHolder {
  readonly kind: 'bucket' | 'repository';
  readonly name: string;
}

const holderOf = ({ service, kind, name }: FoundResource): DataHolder | undefined => {
  if (service === 's3' && kind === 'bucket') return { kind: 'bucket', name };
  if (service === 'ecr' && kind === 'repository') return { kind: 'repository', name };
  return undefined;
};

/** Those of the resources that hold an object version or an image. */
export const holdersOf = async (
  resources: readonly FoundResource[],
  access: AccountAccess,
): Promise<readonly DataHolder[]> => {
  const s3 = new S3Client(clientSettings(access));
  const ecr = new ECRClient(clientSettings(access));
  const holdsData = async ({ kind, name }: DataHolder): Promise<boolean> => {
    if (kind === 'repository') {
      const { imageIds = [] } = await ecr.send(
        new ListImagesCommand({ repositoryName: name, maxResults: 1 }),
      );
      return imageIds.length > 0;
    }
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: name, MaxKeys: 1 }),
    );
    return Versions.length + DeleteMarkers.length > 0;
  };
  try {
    const holders: DataHolder[] = [];
    for (const resource of resources) {
      const holder = holderOf(resource);
      if (holder !== undefined && (await holdsData(holder))) holders.push(holder);
    }
    return holders;
  } finally {
    s3.destroy();
    ecr.destroy();
  }
};

/** Deletes everything in the holders, every version. @throws NOT_EMPTIED, INTERRUPTED */
export const emptyHolders = async (
  holders: readonly DataHolder[],
  access: AccountAccess,
  signal: AbortSignal,
  step: Step,
): Promise<void> => {
  for (const { kind, name } of holders) {
    const onProgress = (deleted: number): void => step.note(`${name}: ${deleted} deleted`);
    await (kind === 'bucket' ? emptyBucket : emptyRepository)(name, { ...access, signal, onProgress });
  }
};
