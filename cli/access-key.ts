import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  LimitExceededException,
  ListAccessKeysCommand,
  NoSuchEntityException,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import type { AccessKeyMetadata } from '@aws-sdk/client-iam';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import pRetry from 'p-retry';
import { z } from 'zod';
import type { Environment } from '../config/environment.ts';
import { runnerArn, runnerName, runnerSecretName } from '../config/names.ts';
import { busy, failed, messageOf, usageError } from '../errors/errors.ts';
import { daysSince } from './days.ts';

/** Days after which a key is renewed (CIS AWS Foundations 1.14). */
const MOST_KEY_DAYS = 90;

/** IAM is known to need some seconds until every endpoint knows a new key. */
const PATIENCE = { retries: 9, minTimeout: 500, factor: 1.6 };

const storedSchema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });
type AccessKey = z.infer<typeof storedSchema>;

/** What a rotation speaks to; a test makes one of them fail. */
export interface KeyServices {
  readonly iam: IAMClient;
  readonly secrets: SecretsManagerClient;
  /** @param key signs the calls */
  sts(key: AccessKey): STSClient;
  /** How long a new key may take to be known. */
  readonly patience: { readonly retries: number; readonly minTimeout: number; readonly factor: number };
}

/** @param env its endpoint and the caller's credentials come from the process's environment */
export const keyServices = ({ region }: Pick<Environment, 'region'>): KeyServices => ({
  iam: new IAMClient({ region }),
  secrets: new SecretsManagerClient({ region }),
  sts: (credentials) => new STSClient({ region, credentials, maxAttempts: 1 }),
  patience: PATIENCE,
});

/** What can be told of the user's keys without reading one. */
export interface KeyState {
  readonly user: string;
  readonly state: 'made' | 'not made' | 'not deployed';
  /** Age of the oldest key in days, absent when there is none. */
  readonly days?: number;
  /** More than one: a rotation was cut off. */
  readonly keys: number;
}

/** What is wrong with the user's keys, one sentence with its mend; nothing when all is well. */
export const keyWarning = ({ user, state, days = 0, keys }: KeyState): string | undefined => {
  if (state === 'not made') return `The user ${user} has no key yet: \`peaches secrets rotate\` makes it.`;
  if (keys > 1) return `A rotation of the key of ${user} was cut off: \`peaches secrets rotate\` ends it.`;
  if (days <= MOST_KEY_DAYS) return undefined;
  return `The key of ${user} is ${days} days old, more than ${MOST_KEY_DAYS}: \`peaches secrets rotate\` renews it.`;
};

export interface Rotated {
  readonly user: string;
  /** Name of the secret that holds the key. */
  readonly secret: string;
  /** The new key's id, which is no secret. */
  readonly accessKeyId: string;
  /** Ids of the keys that ended. */
  readonly ended: readonly string[];
}

/**
 * Makes a new access key for the environment's user, stores it, proves that it works, and ends every other. Cut off
 * anywhere, another call ends where this one would have: a key that the secret does not hold is of no use to anybody,
 * because its secret part was given out once, so it is removed. There are never more than two.
 * @throws NO_USER, USER_NOT_DEPLOYED, KEY_LIMIT_REACHED, KEY_NOT_ACCEPTED
 */
export const rotateAccessKey = async (
  env: Environment,
  services: KeyServices = keyServices(env),
): Promise<Rotated> => {
  requireUser(env);
  const user = runnerName(env);
  const secret = runnerSecretName(env);
  const keys = await deployed(env, () => keysOf(services, user));
  const stored = await deployed(env, () => storedKey(services, secret));
  const [kept, ...lost] = bestFirst(keys, stored?.accessKeyId);
  for (const key of lost) await endKey(services, user, key);
  const made = await makeKey(services, user);
  await store(services, secret, made);
  try {
    await proveKey(env, services, made);
  } catch (error) {
    if (stored !== undefined) await store(services, secret, stored);
    await endKey(services, user, { AccessKeyId: made.accessKeyId });
    throw error;
  }
  if (kept !== undefined) await endKey(services, user, kept);
  return {
    user,
    secret,
    accessKeyId: made.accessKeyId,
    ended: keys.flatMap(({ AccessKeyId }) => AccessKeyId ?? []),
  };
};

/** The key that is in use first: the one that the secret holds, then the oldest. */
const bestFirst = (keys: readonly AccessKeyMetadata[], stored: string | undefined): AccessKeyMetadata[] =>
  [...keys].sort(
    (a, b) =>
      Number(b.AccessKeyId === stored) - Number(a.AccessKeyId === stored) ||
      (a.CreateDate?.getTime() ?? 0) - (b.CreateDate?.getTime() ?? 0),
  );

/** @returns undefined when the environment has no user */
export const accessKeyState = async (
  env: Environment,
  services: Pick<KeyServices, 'iam'> = keyServices(env),
): Promise<KeyState | undefined> => {
  if (env.user === undefined) return undefined;
  const user = runnerName(env);
  try {
    const keys = await keysOf(services, user);
    const made = keys.flatMap(({ CreateDate }) => (CreateDate === undefined ? [] : [CreateDate.getTime()]));
    return {
      user,
      state: keys.length === 0 ? 'not made' : 'made',
      keys: keys.length,
      ...(made.length === 0 ? {} : { days: daysSince(Math.min(...made)) }),
    };
  } catch (error) {
    if (error instanceof NoSuchEntityException) return { user, state: 'not deployed', keys: 0 };
    throw error;
  }
};

const requireUser = ({ name, user }: Environment): void => {
  if (user !== undefined) return;
  throw usageError({
    code: 'NO_USER',
    message: `Environment ${name} has no IAM user, so there is no key to renew.`,
    hint: 'Roles need no key. For a host outside AWS give "user" with "reason" and "expires" in the configuration, then `peaches up`.',
    details: { environment: name },
  });
};

/** @throws USER_NOT_DEPLOYED when what the foundation makes is not there */
const deployed = async <T>(env: Environment, look: () => Promise<T>): Promise<T> => {
  try {
    return await look();
  } catch (cause) {
    if (!(cause instanceof NoSuchEntityException || cause instanceof ResourceNotFoundException)) throw cause;
    throw failed({
      code: 'USER_NOT_DEPLOYED',
      message: `The account has no user ${runnerName(env)} with its secret ${runnerSecretName(env)} yet.`,
      hint: 'Apply the foundation first: `peaches up`.',
      details: { user: runnerName(env), secret: runnerSecretName(env) },
      cause,
    });
  }
};

const keysOf = async (
  { iam }: Pick<KeyServices, 'iam'>,
  user: string,
): Promise<readonly AccessKeyMetadata[]> =>
  (await iam.send(new ListAccessKeysCommand({ UserName: user }))).AccessKeyMetadata ?? [];

/** @returns undefined when the secret holds nothing, or nothing that is a key */
const storedKey = async ({ secrets }: KeyServices, secret: string): Promise<AccessKey | undefined> => {
  try {
    const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: secret }));
    return storedSchema.parse(JSON.parse(SecretString));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await secrets.send(new DescribeSecretCommand({ SecretId: secret }));
    return undefined;
  }
};

const store = async ({ secrets }: KeyServices, secret: string, key: AccessKey): Promise<void> => {
  await secrets.send(new PutSecretValueCommand({ SecretId: secret, SecretString: JSON.stringify(key) }));
};

const makeKey = async ({ iam }: KeyServices, user: string): Promise<AccessKey> => {
  try {
    const { AccessKey: made } = await iam.send(new CreateAccessKeyCommand({ UserName: user }));
    return storedSchema.parse({ accessKeyId: made?.AccessKeyId, secretAccessKey: made?.SecretAccessKey });
  } catch (cause) {
    if (!(cause instanceof LimitExceededException)) throw cause;
    throw busy({
      code: 'KEY_LIMIT_REACHED',
      message: `The user ${user} has two keys: somebody else makes one at this moment.`,
      hint: 'Wait until that has ended and call `peaches secrets rotate` again.',
      details: { user },
      cause,
    });
  }
};

/** @throws KEY_NOT_ACCEPTED when AWS does not know the key after some patience */
const proveKey = async (env: Environment, services: KeyServices, key: AccessKey): Promise<void> => {
  const client = services.sts(key);
  try {
    await pRetry(async () => {
      const { Arn } = await client.send(new GetCallerIdentityCommand({}));
      if (Arn !== runnerArn(env)) throw new Error(`it is taken for ${Arn ?? 'nobody'}`);
    }, services.patience);
  } catch (cause) {
    throw failed({
      code: 'KEY_NOT_ACCEPTED',
      message: `AWS did not accept the new key of ${runnerName(env)}: ${messageOf(cause)}`,
      hint: 'It was removed, and the key before it is in its place. Call `peaches secrets rotate` again.',
      details: { user: runnerName(env), accessKeyId: key.accessKeyId },
      cause,
    });
  } finally {
    client.destroy();
  }
};

/** Deactivates before it deletes, so that a cut in between leaves nothing that opens anything. */
const endKey = async (
  { iam }: KeyServices,
  user: string,
  { AccessKeyId, Status }: AccessKeyMetadata,
): Promise<void> => {
  const key = { UserName: user, AccessKeyId };
  try {
    if (Status !== 'Inactive') {
      await iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }));
    }
    await iam.send(new DeleteAccessKeyCommand(key));
  } catch (error) {
    if (!(error instanceof NoSuchEntityException)) throw error;
  }
};
