import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  S3ServiceException,
  waitUntilBucketExists,
  type BucketLocationConstraint,
} from '@aws-sdk/client-s3';
import type { Environment } from '../config/environment.ts';
import { bucketArn, stateBucketName } from '../config/names.ts';
import { refused } from '../errors/errors.ts';
import { stateBucketPolicy } from '../policies/bucket.ts';
import { clientSettings } from '../config/access.ts';

type Owner = Pick<Environment, 'project' | 'account' | 'region'> & Pick<Environment, 'name'>;

const WAIT_SECONDS = 60;

/** Region whose name S3 does not take as a location. */
const DEFAULT_LOCATION = 'us-east-1';

const foreign = (bucket: string, why: string, cause?: unknown) =>
  refused({
    code: 'STATE_BUCKET_FOREIGN',
    message: `The bucket ${bucket} for the Terraform state ${why}.`,
    hint: 'Choose another project name, or use credentials of the account that owns the bucket.',
    details: { bucket },
    cause,
  });

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

const exists = async (client: S3Client, bucket: string, { account, region }: Owner): Promise<boolean> => {
  try {
    const head = await client.send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account }));
    if (head.BucketRegion !== undefined && head.BucketRegion !== region) {
      throw foreign(bucket, `is in ${head.BucketRegion}, not in ${region}`);
    }
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    if (statusOf(error) === 301) throw foreign(bucket, `is not in ${region}`, error);
    if (statusOf(error) === 403) throw foreign(bucket, `does not belong to account ${account}`, error);
    throw error;
  }
};

/** Two runs may create it at the same time: who comes second finds it made, or being made. */
const create = async (client: S3Client, bucket: string, { account, region }: Owner): Promise<void> => {
  try {
    await client.send(
      new CreateBucketCommand({
        Bucket: bucket,
        ObjectOwnership: 'BucketOwnerEnforced',
        ...(region === DEFAULT_LOCATION
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }),
      }),
    );
  } catch (error) {
    if (error instanceof BucketAlreadyExists) {
      throw foreign(bucket, `does not belong to account ${account}`, error);
    }
    const raced =
      error instanceof BucketAlreadyOwnedByYou ||
      (error instanceof S3ServiceException && error.name === 'OperationAborted');
    if (!raced) throw error;
  }
  await waitUntilBucketExists({ client, maxWaitTime: WAIT_SECONDS }, { Bucket: bucket });
};

const protect = async (client: S3Client, bucket: string, owner: Owner): Promise<void> => {
  const target = { Bucket: bucket, ExpectedBucketOwner: owner.account };
  await client.send(
    new PutPublicAccessBlockCommand({
      ...target,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    }),
  );
  await client.send(
    new PutBucketVersioningCommand({ ...target, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  await client.send(
    new PutBucketEncryptionCommand({
      ...target,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    }),
  );
  await client.send(
    new PutBucketPolicyCommand({ ...target, Policy: stateBucketPolicy(bucketArn(owner, bucket)) }),
  );
};

/**
 * Makes the bucket of the Terraform state: versioned, encrypted, private, over
 * TLS 1.2 or newer only. What is there already is set right again, so a run that was killed
 * in between is completed by the next.
 *
 * @param environment endpoint and credentials
 * @returns what was done, one line
 * @throws PeachesError STATE_BUCKET_FOREIGN when somebody else's account has that name
 */
export const ensureStateBucket = async (owner: Owner, environment: NodeJS.ProcessEnv): Promise<string> => {
  const bucket = stateBucketName(owner);
  const client = new S3Client(clientSettings({ region: owner.region, environment }));
  try {
    const found = await exists(client, bucket, owner);
    if (!found) await create(client, bucket, owner);
    await protect(client, bucket, owner);
    return found ? `${bucket} is there` : `created ${bucket}`;
  } finally {
    client.destroy();
  }
};
