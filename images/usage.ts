import {
  ECSClient,
  DescribeTaskDefinitionCommand,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
} from '@aws-sdk/client-ecs';
import pLimit from 'p-limit';
import { GetObjectCommand, NoSuchBucket, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { Environment } from '../config/environment.ts';
import { readAllPins } from '../config/pins.ts';
import { clientSettings } from '../config/access.ts';
import type { EndpointEnvironment } from './ecr.ts';

/** Who uses an image, by digest: names of environments and of task definitions. */
export type Usage = ReadonlyMap<string, readonly string[]>;

const CALLS_AT_ONCE = 8;

/** Active task definitions of the project in the account, of all its environments. */
const activeTaskDefinitions = async (client: ECSClient, project: string): Promise<readonly string[]> => {
  const found: string[] = [];
  const families = paginateListTaskDefinitionFamilies(
    { client },
    { familyPrefix: `${project}-`, status: 'ACTIVE' },
  );
  for await (const { families: names = [] } of families) {
    for (const familyPrefix of names) {
      const revisions = paginateListTaskDefinitions({ client }, { familyPrefix, status: 'ACTIVE' });
      for await (const { taskDefinitionArns = [] } of revisions) found.push(...taskDefinitionArns);
    }
  }
  return [...new Set(found)];
};

const imagesOf = async (client: ECSClient, taskDefinition: string): Promise<readonly string[]> => {
  const answer = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  return (answer.taskDefinition?.containerDefinitions ?? []).flatMap(({ image }) => image ?? []);
};

/** Where the hosts of an environment find the systemd units that they are to run. */
export interface HostUnits {
  readonly environment: string;
  readonly bucket: string;
  readonly prefix: string;
}

const DIGEST = /@(sha256:[0-9a-f]{64})/g;

/** Digests that the units of a host name, each with the unit's name. */
const digestsOfUnits = async (
  client: S3Client,
  { bucket: Bucket, prefix: Prefix }: HostUnits,
): Promise<readonly (readonly [digest: string, unit: string])[]> => {
  const found: (readonly [string, string])[] = [];
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
      for (const { Key = '' } of Contents) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        const text = (await Body?.transformToString()) ?? '';
        for (const [, digest = ''] of text.matchAll(DIGEST)) found.push([digest, Key.slice(Prefix.length)]);
      }
    }
    return found;
  } catch (thrown) {
    if (thrown instanceof NoSuchBucket) return [];
    throw thrown;
  }
};

export interface UsageRequest {
  /** Folder of the configuration file. */
  readonly root: string;
  readonly env: Environment;
  readonly endpointEnvironment: EndpointEnvironment;
  /** Of every environment of the project. */
  readonly hostUnits: readonly HostUnits[];
}

/** Every digest that a pin of any environment, an active task definition of the project or a host's unit names. */
export const imageUsage = async (request: UsageRequest): Promise<Usage> => {
  const { root, env, endpointEnvironment: endpoint, hostUnits } = request;
  const usage = new Map<string, string[]>();
  const note = (digest: string, user: string): void => {
    const users = usage.get(digest) ?? [];
    usage.set(digest, [...users, user]);
  };
  for (const [name, pins] of Object.entries(await readAllPins(root))) {
    for (const { digest } of Object.values(pins)) if (digest !== undefined) note(digest, name);
  }
  const client = new ECSClient(clientSettings({ region: env.region, environment: endpoint }));
  const limit = pLimit(CALLS_AT_ONCE);
  const definitions = await activeTaskDefinitions(client, env.project);
  const named = await limit.map(definitions, async (arn) => ({ arn, images: await imagesOf(client, arn) }));
  for (const { arn, images } of named) {
    for (const image of images) {
      const [, digest] = image.split('@');
      if (digest !== undefined) note(digest, arn.slice(arn.lastIndexOf('/') + 1));
    }
  }
  const settings = {
    ...clientSettings({ region: env.region, environment: endpoint }),
    forcePathStyle: endpoint['AWS_ENDPOINT_URL'] !== undefined,
  };
  const s3 = new S3Client(settings);
  for (const units of hostUnits) {
    for (const [digest, unit] of await digestsOfUnits(s3, units))
      note(digest, `${units.environment}:${unit}`);
  }
  return usage;
};
