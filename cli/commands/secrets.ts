import { resolve } from 'node:path';
import { usageError } from '../../errors/errors.ts';
import { didYouMean } from '../../errors/suggest.ts';
import { feeds } from '../../etl/feeds.ts';
import { accessKeyState, keyWarning, rotateAccessKey } from '../access-key.ts';
import { enterAccount, enterAccountToWrite } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { holding } from '../environment-hold.ts';
import { openProject } from '../project.ts';
import { askedFields, readFields } from '../secret-input.ts';
import { declaredSecrets, secretRows, secretsOfAccount, secretsOfFolder } from '../secret-values.ts';
import type { DeclaredSecret } from '../secret-values.ts';
import { tableOf } from '../views/table.ts';

/** Name of the user's access key among the secrets. */
const KEY_NAME = 'runner';

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
  return { document: { secret: secret.name, state: 'set' }, text: `${secret.name} is set.` };
};

export const listSecrets = async (invocation: Invocation, { local }: SecretFlags): Promise<Outcome> => {
  const { rows, key } =
    local === undefined ? await listOfAccount(invocation) : await listOfFolder(invocation, local);
  const warning = key === undefined ? undefined : keyWarning(key);
  if (warning !== undefined) invocation.output.warn(warning);
  const lines = rows.map(({ secret, state, days, fields, usedBy, title }) => [
    ...[secret, state, days === undefined ? '' : `${days} d`],
    ...[fields.join(', '), usedBy.join(', '), title],
  ]);
  if (key !== undefined) {
    const { state, days, user } = key;
    lines.push([
      KEY_NAME,
      state,
      days === undefined ? '' : `${days} d`,
      '',
      '',
      `Access key of the user ${user}`,
    ]);
  }
  return {
    document: { secrets: rows, ...(key === undefined ? {} : { accessKey: key }) },
    text: tableOf(['secret', 'state', 'age', 'fields', 'used by', 'what'], lines),
  };
};

/** `secrets rotate`: a new access key for the environment's user; the key itself is nowhere shown. */
export const rotate = async (invocation: Invocation): Promise<Outcome> => {
  const project = await openProject(invocation);
  const { environment } = project;
  await enterAccountToWrite(project);
  const rotated = await holding(invocation, project, 'secrets rotate', () =>
    invocation.output.step('Renew the access key', () => rotateAccessKey(environment)),
  );
  const { user, secret, accessKeyId, ended } = rotated;
  return {
    document: { user, secret, accessKeyId, days: 0, ended },
    text: [
      `${user} has the key ${accessKeyId}, stored in the secret ${secret}.`,
      ended.length === 0
        ? 'It is the first one.'
        : `${ended.join(', ')} ended: give the host its new key now.`,
    ].join('\n'),
  };
};

const accountValues = async (invocation: Invocation) => {
  const project = await openProject(invocation);
  await enterAccountToWrite(project);
  return secretsOfAccount(project.environment);
};

const listOfAccount = async (invocation: Invocation) => {
  const project = await openProject(invocation);
  await enterAccount(project);
  const { environment } = project;
  return {
    rows: await secretRows(Object.keys(environment.feeds), secretsOfAccount(environment)),
    key: await accessKeyState(environment),
  };
};

const listOfFolder = async ({ cwd }: Invocation, folder: string) => ({
  rows: await secretRows(
    feeds.map(({ name }) => name),
    secretsOfFolder(resolve(cwd, folder)),
  ),
  key: undefined,
});

/** By the name that lists show (`freewheel.api`) or the one under which stages ask for it (`freewheel-api`). */
const findSecret = (name: string): DeclaredSecret => {
  const all = declaredSecrets(feeds.map((feed) => feed.name));
  const found = all.find((secret) => secret.name === name || secret.alias === name);
  if (found !== undefined) return found;
  const names = all.map((secret) => secret.name);
  throw usageError({
    code: 'UNKNOWN_SECRET',
    message: `No feed declares a secret ${name}.${didYouMean(name, names)}`,
    hint: `Secrets: ${names.join(', ')}.`,
    details: { secret: name, secrets: names },
  });
};
