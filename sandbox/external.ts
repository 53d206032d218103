import {
  CreateRoleCommand,
  EntityAlreadyExistsException,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FeedDeclaration } from '../etl/feed.ts';
import { partnerReadPolicy, partnerTrustPolicy } from '../policies/partner.ts';
import { sandboxEnvironment } from './environment.ts';

/**
 * The partners' side in the emulator: the buckets that feeds read under a
 * foreign role, in the partner's own account, with a role that trusts ours.
 */

/** Our side, and where it is emulated. */
export interface Customer {
  readonly endpoint: string;
  /** Account whose roles the partner trusts. */
  readonly account: string;
  readonly region: string;
}

/** One thing that a partner offers, with the feed's parameters filled in. */
interface Offer {
  readonly bucket: string;
  readonly prefix: string;
  readonly role: string | undefined;
}

const offersOf = (feed: FeedDeclaration, params: unknown): Offer[] =>
  Object.values(feed.external ?? {}).map((external) => ({
    bucket: external.bucket,
    prefix: external.prefix(params),
    role: external.assumeRole?.(params),
  }));

/** @param role ARN; without a role the bucket lies in our own account */
const ownerOf = (role: string | undefined, ours: string): string => role?.split(':')[4] ?? ours;

const settingsFor = ({ endpoint, region }: Customer, account: string) => {
  const environment = sandboxEnvironment(endpoint, { account, region }, {});
  return {
    endpoint,
    region,
    credentials: {
      accessKeyId: account,
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
};

const offerRole = async (iam: IAMClient, offer: Offer, customer: string): Promise<void> => {
  const RoleName = offer.role?.split('/').at(-1);
  if (RoleName === undefined) return;
  try {
    await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: partnerTrustPolicy(customer) }),
    );
  } catch (error) {
    if (!(error instanceof EntityAlreadyExistsException)) throw error;
  }
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: 'read',
      PolicyDocument: partnerReadPolicy({ bucketArn: `arn:aws:s3:::${offer.bucket}`, prefix: offer.prefix }),
    }),
  );
};

/** An empty bucket gets the customer's prefix, so that a day without files is an empty day. */
const offerBucket = async (s3: S3Client, { bucket: Bucket, prefix }: Offer): Promise<void> => {
  try {
    await s3.send(new CreateBucketCommand({ Bucket }));
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }));
    if (KeyCount === 0)
      await s3.send(new PutObjectCommand({ Bucket, Key: prefix, Body: '', ContentLength: 0 }));
  } catch (error) {
    const there = error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists;
    if (!there) throw error;
  }
};

/**
 * Makes what the partners of a feed would have made: their buckets, and the
 * roles that read them and trust our account. Harmless to repeat, and a bucket
 * of that name that somebody made by hand serves too.
 *
 * @param params the feed's validated parameters
 */
export const seedExternal = async (
  customer: Customer,
  feed: FeedDeclaration,
  params: unknown,
): Promise<void> => {
  for (const offer of offersOf(feed, params)) {
    const settings = settingsFor(customer, ownerOf(offer.role, customer.account));
    const s3 = new S3Client(settings);
    const iam = new IAMClient(settings);
    try {
      await offerBucket(s3, offer);
      await offerRole(iam, offer, customer.account);
    } finally {
      s3.destroy();
      iam.destroy();
    }
  }
};

const filesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/**
 * Puts files where a partner would deliver them.
 *
 * @param folder stands for the partner's bucket: keys are the paths below it
 * @returns the keys
 */
export const deliverExternal = async (
  customer: Customer,
  feed: FeedDeclaration,
  params: unknown,
  bucket: string,
  folder: string,
): Promise<readonly string[]> => {
  const role = offersOf(feed, params).find((offer) => offer.bucket === bucket)?.role;
  const s3 = new S3Client(settingsFor(customer, ownerOf(role, customer.account)));
  try {
    const keys: string[] = [];
    for (const file of await filesBelow(folder)) {
      const Key = relative(folder, file).split(sep).join('/');
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: await readFile(file) }));
      keys.push(Key);
    }
    return keys;
  } finally {
    s3.destroy();
  }
};
