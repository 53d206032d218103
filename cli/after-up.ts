import type { Environment } from '../config/environment.ts';
import type { RunReport } from '../etl/runtime/run.ts';
import { accessKeyState, rotateAccessKey } from './access-key.ts';
import type { Invocation } from './command.ts';
import { yesterday } from './days.ts';
import { openRun } from './feed-run.ts';
import { askedFields } from './secret-input.ts';
import { declaredSecrets, secretsOfAccount } from './secret-values.ts';

/** What `up` does, and offers a person, once everything stands. */

/** Makes the first key of the environment's user, if there is one. */
export const makeFirstKey = async (
  { output }: Pick<Invocation, 'output'>,
  environment: Environment,
): Promise<void> => {
  const key = await accessKeyState(environment);
  if (key?.state !== 'not made') return;
  await output.step(`Access key of ${key.user}`, async (step) => {
    const { secret } = await rotateAccessKey(environment);
    step.note(`stored in the secret ${secret}`);
  });
};

/** Asks for the secrets that have no value yet, and stores them. @param missing their names */
export const offerSecrets = async (
  { prompt, output }: Pick<Invocation, 'prompt' | 'output'>,
  environment: Environment,
  missing: readonly string[],
): Promise<void> => {
  const values = secretsOfAccount(environment);
  const secrets = declaredSecrets(Object.keys(environment.feeds));
  for (const secret of secrets.filter(({ name }) => missing.includes(name))) {
    const { name, alias, declaration } = secret;
    const needed = declaration.optional === true ? 'optional' : 'needed';
    if (!(await prompt.confirm(`${declaration.title} (${name}, ${needed}): enter it now?`))) continue;
    await values.set(alias, await askedFields(prompt, secret));
    output.event(`${name} is stored.`);
  }
};

/** Offers a run of each feed for yesterday, in UTC. @returns what was run */
export const offerRuns = async (
  invocation: Invocation,
  environment: Environment,
): Promise<readonly RunReport[]> => {
  const date = yesterday();
  const reports: RunReport[] = [];
  for (const feed of Object.keys(environment.feeds)) {
    if (!(await invocation.prompt.confirm(`Run ${feed} for ${date} now?`))) continue;
    const session = await openRun(invocation, { local: undefined, set: [] }, feed, undefined);
    try {
      reports.push(await session.runDay(date));
    } finally {
      await session.close();
    }
  }
  return reports;
};
