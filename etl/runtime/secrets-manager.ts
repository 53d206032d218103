import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { failed, messageOf } from '../../errors/errors.ts';
import { aliasOf } from '../feed.ts';
import { isTransient } from './failure-class.ts';
import type { Secrets } from './secrets.ts';

const valueSchema = z.record(z.string(), z.string());

/** Secrets in AWS Secrets Manager, each a JSON object of its fields. */
export class ManagedSecrets implements Secrets {
  readonly #client: SecretsManagerClient;
  readonly #names: Readonly<Record<string, string>>;

  /** @param names secret alias to the secret's name */
  constructor(client: SecretsManagerClient, names: Readonly<Record<string, string>>) {
    this.#client = client;
    this.#names = names;
  }

  /** @throws SECRET_UNREADABLE, SECRET_INVALID, SERVICE_UNAVAILABLE */
  async get(feed: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const alias = aliasOf(feed, name);
    const id = this.#names[alias];
    if (id === undefined) return undefined;
    const text = await this.#read(alias, id);
    return text === undefined ? undefined : parse(alias, text);
  }

  async #read(alias: string, id: string): Promise<string | undefined> {
    try {
      return (await this.#client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw failed({
        code: isTransient(error) ? 'SERVICE_UNAVAILABLE' : 'SECRET_UNREADABLE',
        message: `The secret ${alias} could not be read: ${messageOf(error)}`,
        hint: isTransient(error)
          ? 'Run again.'
          : 'The role of this stage must be allowed to read the secret and use its key: deploy the stacks again.',
        details: { secret: alias },
        cause: error,
      });
    }
  }
}

const parse = (alias: string, text: string): Readonly<Record<string, string>> => {
  try {
    return valueSchema.parse(JSON.parse(text));
  } catch {
    // Without the cause: it may quote the value.
    throw failed({
      code: 'SECRET_INVALID',
      message: `The value of the secret ${alias} is not a JSON object of texts.`,
      hint: 'Set it again with `secrets set`.',
      details: { secret: alias },
    });
  }
};
