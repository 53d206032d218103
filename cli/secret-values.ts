import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { secretName } from '../config/names.ts';
import { failed } from '../errors/errors.ts';
import { aliasOf } from '../etl/feed.ts';
import type { FeedDeclaration, SecretDeclaration } from '../etl/feed.ts';
import { feeds } from '../etl/feeds.ts';
import { daysSince } from './days.ts';

export interface SecretRow {
  /** `freewheel.api` */
  readonly secret: string;
  readonly title: string;
  readonly fields: readonly string[];
  readonly state: SecretState['state'];
  /** Days since its value was set, where that is known. */
  readonly days?: number;
  /** Stages that read it. */
  readonly usedBy: readonly string[];
}

export interface SecretState {
  readonly state: 'set' | 'not set' | 'not deployed';
  readonly days?: number;
}

/** Where secret values are kept: the account, or the folder of `--local`. */
export interface SecretValues {
  state(alias: string): Promise<SecretState>;
  set(alias: string, fields: Readonly<Record<string, string>>): Promise<void>;
}

/** Secrets Manager of the environment's account. The containers are made by the feed's stack. */
export const secretsOfAccount = (environment: Environment): SecretValues => {
  const client = new SecretsManagerClient({ region: environment.region });
  return {
    state: async (alias) => {
      try {
        const answer = await client.send(
          new DescribeSecretCommand({ SecretId: secretName(environment, alias) }),
        );
        const stages = Object.values(answer.VersionIdsToStages ?? {}).flat();
        if (!stages.includes('AWSCURRENT')) return { state: 'not set' };
        const changed = answer.LastChangedDate;
        return { state: 'set', ...(changed === undefined ? {} : { days: daysSince(changed.getTime()) }) };
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return { state: 'not deployed' };
        throw error;
      }
    },
    set: async (alias, fields) => {
      const name = secretName(environment, alias);
      try {
        await client.send(
          new PutSecretValueCommand({ SecretId: name, SecretString: JSON.stringify(fields) }),
        );
      } catch (cause) {
        if (!(cause instanceof ResourceNotFoundException)) throw cause;
        throw failed({
          code: 'SECRET_NOT_DEPLOYED',
          message: `The account has no secret ${name} yet.`,
          hint: "Apply the feed's stack first: `peaches up`.",
          details: { secret: name },
          cause,
        });
      }
    },
  };
};

/** `secrets.json` of a `--local` folder, readable by its owner alone. */
export const secretsOfFolder = (folder: string): SecretValues => {
  const file = join(folder, 'secrets.json');
  const read = async (): Promise<Record<string, Record<string, string>>> => {
    const content = await readFile(file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
      throw error;
    });
    try {
      return JSON.parse(content) as Record<string, Record<string, string>>;
    } catch {
      // The parser's message may quote what it could not read, that is a secret.
      throw failed({
        code: 'SECRETS_FILE_INVALID',
        message: `${file} is not JSON.`,
        hint: 'Mend it or remove it, then set its secrets again.',
        details: { file },
      });
    }
  };
  return {
    state: async (alias) => ({ state: (await read())[alias] === undefined ? 'not set' : 'set' }),
    set: async (alias, fields) => {
      const all = { ...(await read()), [alias]: fields };
      const temporary = `${file}.${randomUUID()}.tmp`;
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      await rename(temporary, file);
    },
  };
};

export interface DeclaredSecret {
  readonly feed: FeedDeclaration;
  readonly alias: string;
  /** `freewheel.api` */
  readonly name: string;
  readonly declaration: SecretDeclaration;
}

/** @param selected names of feeds */
export const declaredSecrets = (selected: readonly string[]): DeclaredSecret[] =>
  feeds
    .filter((feed) => selected.includes(feed.name))
    .flatMap((feed) =>
      Object.entries(feed.secrets ?? {}).map(([secret, declaration]) => ({
        feed,
        alias: aliasOf(feed.name, secret),
        name: `${feed.name}.${secret}`,
        declaration,
      })),
    );

export const secretRows = async (
  selected: readonly string[],
  values: SecretValues,
): Promise<readonly SecretRow[]> =>
  await Promise.all(
    declaredSecrets(selected).map(async ({ feed, name, alias, declaration }) => ({
      secret: name,
      title: declaration.title,
      fields: declaration.fields,
      usedBy: Object.entries(feed.stages).flatMap(([stage, { secrets = [] }]) =>
        secrets.some((secret) => aliasOf(feed.name, secret) === alias) ? [`${feed.name}.${stage}`] : [],
      ),
      ...(await values.state(alias)),
    })),
  );

/** @returns names of the environment's secrets that have no value yet */
export const missingSecrets = async (environment: Environment): Promise<readonly string[]> => {
  const rows = await secretRows(Object.keys(environment.feeds), secretsOfAccount(environment));
  return rows.filter(({ state }) => state !== 'set').map(({ secret }) => secret);
};
