import {
  ECSClient,
  DescribeTaskDefinitionCommand,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
} from '@aws-sdk/client-ecs';
import pLimit from 'p-limit';
import type { Environment } from '../config/environment.ts';
import { readAllPins } from '../config/pins.ts';
import { clientSettings, type EndpointEnvironment } from './ecr.ts';

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

/**
 * Every digest that a pin of any environment or an active task definition of the project names.
 * @param root folder of the configuration file
 */
export const imageUsage = async (
  root: string,
  env: Environment,
  endpoint: EndpointEnvironment,
): Promise<Usage> => {
  const usage = new Map<string, string[]>();
  const note = (digest: string, user: string): void => {
    const users = usage.get(digest) ?? [];
    usage.set(digest, [...users, user]);
  };
  for (const [name, pins] of Object.entries(await readAllPins(root))) {
    for (const { digest } of Object.values(pins)) if (digest !== undefined) note(digest, name);
  }
  const client = new ECSClient(clientSettings(env, endpoint));
  const limit = pLimit(CALLS_AT_ONCE);
  const definitions = await activeTaskDefinitions(client, env.project);
  const named = await limit.map(definitions, async (arn) => ({ arn, images: await imagesOf(client, arn) }));
  for (const { arn, images } of named) {
    for (const image of images) {
      const [, digest] = image.split('@');
      if (digest !== undefined) note(digest, arn.slice(arn.lastIndexOf('/') + 1));
    }
  }
  return usage;
};
