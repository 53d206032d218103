import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptedBuckets, OPERATIONS, type ExternalBucket, type FeedDeclaration } from '../../feed.ts';
import { AssumedRole, type RoleCredentials } from '../assumed-role.ts';
import type { Place } from '../run.ts';
import { assumeRoleError } from '../s3-errors.ts';
import { S3Store, type S3Bucket } from '../s3-store.ts';
import { ManagedSecrets } from '../secrets-manager.ts';
import type { Warehouse } from '../warehouse.ts';
import type { Wiring } from '../wiring.ts';

const MAX_ATTEMPTS = 5;

/** A line that stays silent for this long is dead; without it a client would wait for ever. */
const TIMEOUTS = { connectionTimeout: 5000, socketTimeout: 60_000 };

const clientOptions = (region: string) => ({
  region,
  maxAttempts: MAX_ATTEMPTS,
  requestHandler: TIMEOUTS,
});

/** An emulator on a bare address has no host name a bucket. */
const s3Options = (region: string) => ({
  ...clientOptions(region),
  forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined,
});

const assume = async (
  sts: STSClient,
  roleArn: string,
  session: string,
  bucket: string,
): Promise<RoleCredentials> => {
  try {
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: session }),
    );
    return {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
      expiration: given?.Expiration ?? new Date(0),
    };
  } catch (error) {
    throw assumeRoleError(error, roleArn, bucket);
  }
};

/** STS allows 64 characters of `[\w+=,.@-]`. */
const sessionName = ({ project, environment }: Wiring, feed: string): string =>
  `${project}-${environment}-${feed}`.replaceAll(/[^\w+=,.@-]/gu, '-').slice(0, 64);

const externalBucket = (
  external: ExternalBucket<unknown>,
  wiring: Wiring,
  session: string,
  own: S3Client,
): S3Bucket => {
  const roleArn = external.assumeRole?.(wiring.params);
  if (roleArn === undefined) return { name: external.bucket, client: () => own };
  const sts = new STSClient(clientOptions(wiring.region));
  const role = new AssumedRole(() => assume(sts, roleArn, session, external.bucket));
  const connect = () => new S3Client({ ...s3Options(wiring.region), credentials: () => role.credentials() });
  let client = connect();
  return {
    name: external.bucket,
    client(renew = false) {
      if (renew) {
        role.forget();
        client = connect();
      }
      return client;
    },
  };
};

const openWarehouse = async (wiring: Wiring, staging: S3Client): Promise<Warehouse | undefined> => {
  if (wiring.warehouse.kind === 'none') return undefined;
  const [{ RedshiftDataClient }, { RedshiftWarehouse }] = await Promise.all([
    import('@aws-sdk/client-redshift-data'),
    import('../warehouse-redshift.ts'),
  ]);
  return new RedshiftWarehouse(wiring.warehouse, {
    data: new RedshiftDataClient(clientOptions(wiring.region)),
    staging,
  });
};

/**
 * An environment in AWS, or in an emulator that `AWS_ENDPOINT_URL` names.
 * @param wiring real names of the feed's buckets and secrets
 */
export const openAwsPlace = async (wiring: Wiring, feed: FeedDeclaration): Promise<Place> => {
  const own = new S3Client(s3Options(wiring.region));
  const session = sessionName(wiring, feed.name);
  const buckets = new Map<string, S3Bucket>([
    ...Object.entries(wiring.buckets).map(([alias, name]) => [alias, { name, client: () => own }] as const),
    ...Object.values(adoptedBuckets(feed, wiring.params)).map(
      (name) => [name, { name, client: () => own }] as const,
    ),
    ...Object.values(feed.external ?? {}).map(
      (external) => [external.bucket, externalBucket(external, wiring, session, own)] as const,
    ),
  ]);
  const warehouse = await openWarehouse(wiring, own);
  const scratch = await mkdtemp(join(tmpdir(), 'peaches-'));
  return {
    store: new S3Store(buckets),
    operations: OPERATIONS,
    scratch,
    secrets: new ManagedSecrets(new SecretsManagerClient(clientOptions(wiring.region)), wiring.secrets),
    warehouse,
    async close() {
      await warehouse?.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
};
