import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ImageNotFoundException,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  paginateDescribeImages,
  RepositoryNotFoundException,
  type ImageDetail,
} from '@aws-sdk/client-ecr';
import type { Environment } from '../config/environment.ts';
import { repositoryName } from '../config/names.ts';
import { clientSettings } from '../config/access.ts';
import { failed } from '../errors/errors.ts';

/** Where calls go: empty for AWS, `AWS_ENDPOINT_URL` and the emulator's credentials for the sandbox. */
export type EndpointEnvironment = Readonly<NodeJS.ProcessEnv>;

/** The repository of one image in an environment's registry. */
export interface Repository {
  readonly client: ECRClient;
  readonly name: string;
  /** `<account>.dkr.ecr.<region>.amazonaws.com/<name>`. */
  readonly uri: string;
}

/** The registry's login. The password must only ever reach standard input of an engine. */
export interface RegistryLogin {
  /** Host, and port where it has one, that engines log in, push to and pull from. */
  readonly registry: string;
  /** False for the registry of a sandbox, which speaks plain HTTP on this machine. */
  readonly secure: boolean;
  readonly user: string;
  readonly password: string;
}

const BATCH = 100;

/**
 * @throws REPOSITORY_MISSING when the foundation stack has not been applied
 */
export const openRepository = async (
  env: Environment,
  endpoint: EndpointEnvironment,
  image: string,
): Promise<Repository> => {
  const client = new ECRClient(clientSettings({ region: env.region, environment: endpoint }));
  const name = repositoryName(env, image);
  try {
    const found = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return { client, name, uri: found.repositories?.[0]?.repositoryUri ?? '' };
  } catch (cause) {
    if (!(cause instanceof RepositoryNotFoundException)) throw cause;
    throw failed({
      code: 'REPOSITORY_MISSING',
      message: `The registry of ${env.account} in ${env.region} has no repository ${name}.`,
      hint: 'Apply the foundation first: `deploy foundation`, or `up`, which does both.',
      cause,
    });
  }
};

/** @returns the digest that the registry has under a tag */
export const digestOfTag = async (
  { client, name }: Repository,
  imageTag: string,
): Promise<string | undefined> => {
  try {
    const found = await client.send(
      new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageTag }] }),
    );
    return found.imageDetails?.[0]?.imageDigest;
  } catch (thrown) {
    if (thrown instanceof ImageNotFoundException) return undefined;
    throw thrown;
  }
};

/** All images of the repository, newest first. */
export const describeImages = async ({ client, name }: Repository): Promise<readonly ImageDetail[]> => {
  const details: ImageDetail[] = [];
  for await (const page of paginateDescribeImages({ client }, { repositoryName: name })) {
    details.push(...(page.imageDetails ?? []));
  }
  const time = (detail: ImageDetail): number => detail.imagePushedAt?.getTime() ?? 0;
  return details.sort((a, b) => time(b) - time(a));
};

const isList = ({ imageManifestMediaType: type }: ImageDetail): boolean =>
  type !== undefined && /manifest\.list|image\.index/.test(type);

/** Digests of the images that a list of platforms stands for; none for a single image. */
export const partsOf = async (
  { client, name }: Repository,
  detail: ImageDetail,
): Promise<readonly string[]> => {
  if (!isList(detail)) return [];
  const answer = await client.send(
    new BatchGetImageCommand({ repositoryName: name, imageIds: [{ imageDigest: detail.imageDigest }] }),
  );
  const manifest = JSON.parse(answer.images?.[0]?.imageManifest ?? '{}') as {
    readonly manifests?: readonly { readonly digest: string }[];
  };
  return (manifest.manifests ?? []).map(({ digest }) => digest);
};

/** @throws IMAGES_NOT_DELETED naming what the registry kept */
export const deleteImages = async (
  { client, name }: Repository,
  digests: readonly string[],
): Promise<void> => {
  for (let at = 0; at < digests.length; at += BATCH) {
    const imageIds = digests.slice(at, at + BATCH).map((imageDigest) => ({ imageDigest }));
    const answer = await client.send(new BatchDeleteImageCommand({ repositoryName: name, imageIds }));
    const kept = answer.failures ?? [];
    if (kept.length === 0) continue;
    throw failed({
      code: 'IMAGES_NOT_DELETED',
      message: `The registry kept ${kept.length} images of ${name}: ${kept[0]?.failureReason ?? 'no reason given'}`,
      hint: 'Run the same command again; what was deleted is not asked for twice.',
      details: kept.map(({ imageId, failureCode }) => ({ digest: imageId?.imageDigest, failureCode })),
    });
  }
};

/**
 * A login that is good for twelve hours. It names the registry: on AWS the host of the repositories'
 * names, in a sandbox the registry on this machine.
 * @throws REGISTRY_LOGIN_FAILED
 */
export const registryLogin = async ({ client }: Repository): Promise<RegistryLogin> => {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const { authorizationToken = '', proxyEndpoint } = authorizationData?.[0] ?? {};
  const [user, password] = Buffer.from(authorizationToken, 'base64').toString().split(':');
  if (user && password && proxyEndpoint) {
    const { host, protocol } = new URL(proxyEndpoint);
    return { registry: host, secure: protocol === 'https:', user, password };
  }
  throw failed({
    code: 'REGISTRY_LOGIN_FAILED',
    message: 'The registry gave no login token.',
    hint: 'Check that your credentials allow ecr:GetAuthorizationToken (`doctor`).',
  });
};

/** An image of the repository as engines name it. @param reference `:tag` or `@digest` */
export const remoteReference = (
  { name }: Repository,
  { registry }: RegistryLogin,
  reference: string,
): string => `${registry}/${name}${reference}`;
