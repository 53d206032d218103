import { resolve } from 'node:path';
import { usageError } from '../../errors/errors.ts';
import { didYouMean } from '../../errors/suggest.ts';
import { feeds } from '../../etl/feeds.ts';
import { enterAccount, enterAccountToWrite } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { openProject } from '../project.ts';
import { askedFields, readFields } from '../secret-input.ts';
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
  const { prompt, stdin } = invocation;
  const fields = stdin.isTTY === true ? await askedFields(prompt, secret) : await readFields(stdin, secret);
  await values.set(secret.alias, fields);
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
