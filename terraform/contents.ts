import { ECRClient, paginateListImages } from '@aws-sdk/client-ecr';
import { ListObjectVersionsCommand, S3Client, type ListObjectVersionsRequest } from '@aws-sdk/client-s3';
import { clientSettings, type AccountAccess } from '../config/access.ts';
import type { DataHolder } from './kept.ts';

/** What is in a bucket or an image repository. */
export interface Contents {
  /** Object versions and delete markers, or images; a warehouse counts as one, whatever is in it. */
  readonly items: number;
  /** Sum of the object versions; 0 for images. */
  readonly bytes: number;
  /** There is more than was counted. */
  readonly more: boolean;
}

/** Pages of a listing that are counted; what is beyond is only said to be there. */
const PAGES = 20;

const bucketContents = async (
  client: S3Client,
  bucket: string,
  apartFrom: ReadonlySet<string>,
): Promise<Contents> => {
  const total = { items: 0, bytes: 0 };
  let from: Partial<ListObjectVersionsRequest> = {};
  for (let page = 0; page < PAGES; page++) {
    const answer = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...from }));
    const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = answer;
    const versions = Versions.filter(({ Key = '' }) => !apartFrom.has(Key));
    total.items += versions.length + DeleteMarkers.filter(({ Key = '' }) => !apartFrom.has(Key)).length;
    total.bytes += versions.reduce((sum, { Size = 0 }) => sum + Size, 0);
    if (IsTruncated !== true) return { ...total, more: false };
    from = { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker };
  }
  return { ...total, more: true };
};

const repositoryContents = async (client: ECRClient, repositoryName: string): Promise<Contents> => {
  const digests = new Set<string | undefined>();
  for await (const { imageIds = [] } of paginateListImages({ client }, { repositoryName })) {
    for (const { imageDigest } of imageIds) digests.add(imageDigest);
  }
  return { items: digests.size, bytes: 0, more: false };
};

/** @param apartFrom keys of objects that don't count, because Terraform put them there */
export const contentsOf = async (
  { kind, name }: DataHolder,
  access: AccountAccess,
  apartFrom: ReadonlySet<string> = new Set(),
): Promise<Contents> => {
  if (kind === 'namespace') return { items: 1, bytes: 0, more: false };
  const client =
    kind === 'bucket' ? new S3Client(clientSettings(access)) : new ECRClient(clientSettings(access));
  try {
    return await (client instanceof S3Client
      ? bucketContents(client, name, apartFrom)
      : repositoryContents(client, name));
  } finally {
    client.destroy();
  }
};
