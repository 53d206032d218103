import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { failed, refused } from '../../errors/errors.ts';
import { aliasOf, type FeedDeclaration } from '../feed.ts';
import type { Secrets } from './secrets.ts';

/** Bits of a file's mode that let others than its owner in. */
const OTHERS = 0o077;

const fileSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** Name of a field's variable: `freewheel-api`, `username` → `FREEWHEEL_API_USERNAME`. */
export const variableOf = (alias: string, field: string): string =>
  `${alias}_${field}`
    .replaceAll(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]/gu, '_')
    .toUpperCase();

/** Secrets from environment variables; a secret with some of its fields set only is an error. */
export class EnvironmentSecrets implements Secrets {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #fields: ReadonlyMap<string, readonly string[]>;

  constructor(
    feeds: readonly FeedDeclaration[],
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.#environment = environment;
    this.#fields = new Map(
      feeds.flatMap((feed) =>
        Object.entries(feed.secrets ?? {}).map(([name, { fields }]) => [aliasOf(feed.name, name), fields]),
      ),
    );
  }

  /** @throws SECRET_INCOMPLETE */
  get(feed: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const alias = aliasOf(feed, name);
    const fields = this.#fields.get(alias) ?? [];
    const found: Record<string, string> = {};
    const absent: string[] = [];
    for (const field of fields) {
      const variable = variableOf(alias, field);
      const value = this.#environment[variable];
      if (value === undefined || value === '') absent.push(variable);
      else found[field] = value;
    }
    if (Object.keys(found).length === 0) return Promise.resolve(undefined);
    if (absent.length === 0) return Promise.resolve(found);
    return Promise.reject(
      failed({
        code: 'SECRET_INCOMPLETE',
        message: `The secret ${alias} is set in part only: ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing.`,
        hint: 'Set all of its variables, or none.',
        details: { secret: alias, absent },
      }),
    );
  }
}

/** Secrets from a file `{"<alias>": {"<field>": "<value>"}}` that nobody but its owner can read. */
export class FileSecrets implements Secrets {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws SECRETS_FILE_OPEN when others may read the file, SECRETS_FILE_INVALID */
  async get(feed: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const stats = await stat(this.#file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (stats === undefined) return undefined;
    if ((stats.mode & OTHERS) !== 0) {
      throw refused({
        code: 'SECRETS_FILE_OPEN',
        message: `${this.#file} can be read by others (mode ${(stats.mode & 0o777).toString(8).padStart(4, '0')}).`,
        hint: `Close it: chmod 600 ${this.#file}`,
        details: { file: this.#file },
      });
    }
    return this.#parse(await readFile(this.#file, 'utf8'))[aliasOf(feed, name)];
  }

  #parse(content: string): z.infer<typeof fileSchema> {
    try {
      return fileSchema.parse(JSON.parse(content));
    } catch (error) {
      // The parser's message may quote what it could not read, that is a secret.
      const where = error instanceof z.ZodError ? error.issues.map(({ path }) => path.join('.')) : [];
      throw failed({
        code: 'SECRETS_FILE_INVALID',
        message: `${this.#file} is not a JSON object of secrets${where.length > 0 ? ` (at ${where.join(', ')})` : ''}.`,
        hint: 'It must look like {"freewheel-api": {"username": "…", "password": "…"}}.',
        details: { file: this.#file, where },
      });
    }
  }
}

/** The first that has a value wins. */
export const firstOf = (...sources: readonly Secrets[]): Secrets => ({
  async get(feed, name) {
    for (const source of sources) {
      const value = await source.get(feed, name);
      if (value !== undefined) return value;
    }
    return undefined;
  },
});
