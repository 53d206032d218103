import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { usageError } from '../../errors/errors.ts';
import { didYouMean } from '../../errors/suggest.ts';
import { feeds } from '../../etl/feeds.ts';
import { enterAccount, enterAccountToWrite } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { openProject } from '../project.ts';
import { declaredSecrets, secretRows, secretsOfAccount, secretsOfFolder } from '../secret-values.ts';
import type { DeclaredSecret } from '../secret-values.ts';
import { tableOf } from '../views/table.ts';

interface SecretFlags {
  readonly local: string | undefined;
}

/** Asks for the fields, or reads them from stdin as JSON when stdin is no terminal. Values are never shown. */
export const setSecret = async (
  invocation: Invocation,
  { local }: SecretFlags,
  name: string,
): Promise<Outcome> => {
  const secret = findSecret(name);
  const values =
    local === undefined ? await accountValues(invocation) : secretsOfFolder(resolve(invocation.cwd, local));
  await values.set(secret.alias, await fieldsOf(invocation, secret));
  return { document: { secret: name, state: 'set' }, text: `${name} is set.` };
};

export const listSecrets = async (invocation: Invocation, { local }: SecretFlags): Promise<Outcome> => {
  const rows =
    local === undefined
      ? await rowsOfAccount(invocation)
      : await secretRows(
          feeds.map(({ name }) => name),
          secretsOfFolder(resolve(invocation.cwd, local)),
        );
  return {
    document: { secrets: rows },
    text: tableOf(
      ['secret', 'state', 'fields', 'what'],
      rows.map(({ secret, state, fields, title }) => [secret, state, fields.join(', '), title]),
    ),
  };
};

const accountValues = async (invocation: Invocation) => {
  const project = await openProject(invocation);
  await enterAccountToWrite(project);
  return secretsOfAccount(project.environment);
};

const rowsOfAccount = async (invocation: Invocation) => {
  const project = await openProject(invocation);
  await enterAccount(project);
  const { environment } = project;
  return await secretRows(Object.keys(environment.feeds), secretsOfAccount(environment));
};

const findSecret = (name: string): DeclaredSecret => {
  const all = declaredSecrets(feeds.map((feed) => feed.name));
  const found = all.find((secret) => secret.name === name);
  if (found !== undefined) return found;
  const names = all.map((secret) => secret.name);
  throw usageError({
    code: 'UNKNOWN_SECRET',
    message: `No feed declares a secret ${name}.${didYouMean(name, names)}`,
    hint: `Secrets: ${names.join(', ')}.`,
    details: { secret: name, secrets: names },
  });
};

const fieldsOf = async (
  { prompt }: Invocation,
  { name, declaration }: DeclaredSecret,
): Promise<Record<string, string>> => {
  if (!process.stdin.isTTY) return fieldsIn(await textOf(process.stdin), name, declaration.fields);
  const fields: Record<string, string> = {};
  for (const field of declaration.fields) {
    fields[field] = await prompt.ask({
      message: `${declaration.title}: ${field}`,
      flag: 'JSON on standard input',
      secret: true,
      check: (answer) => (answer === '' ? 'must not be empty' : undefined),
    });
  }
  return fields;
};

/** @throws SECRET_INVALID, which never repeats what was read */
export const fieldsIn = (given: string, name: string, fields: readonly string[]): Record<string, string> => {
  const schema = z.strictObject(Object.fromEntries(fields.map((field) => [field, z.string().min(1)])));
  try {
    return schema.parse(JSON.parse(given));
  } catch {
    throw usageError({
      code: 'SECRET_INVALID',
      message: `Standard input for ${name} is no JSON object with exactly the fields ${fields.join(', ')}, each a text.`,
      hint: `For example: peaches secrets set ${name} < file.json`,
      details: { secret: name, fields },
    });
  }
};
