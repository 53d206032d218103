import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Environment } from '../config/environment.ts';
import { refused } from '../errors/errors.ts';
import { sandboxEnvironment } from '../sandbox/environment.ts';
import { requireSandbox } from '../sandbox/sandbox.ts';
import { awsError } from './aws-error.ts';
import { credentialsMissing } from './credentials.ts';
import type { Project } from './project.ts';

const ANSWER_MILLISECONDS = 15_000;

/** The environment's account as this process reaches it. */
export interface Account {
  /** Environment for child processes. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where the emulator answers; absent on AWS. */
  readonly endpoint?: string;
}

/**
 * Points this process and its children at the environment's account: at the emulator and nothing else when the
 * target is the sandbox.
 * @throws SANDBOX_NOT_RUNNING
 */
export const enterAccount = async ({ root, environment }: Project): Promise<Account> => {
  if (environment.target === 'aws') {
    adopt({ ...process.env, AWS_REGION: environment.region });
    return { environment: process.env };
  }
  const { endpoint } = await requireSandbox({ root });
  adopt(sandboxEnvironment(endpoint, { account: environment.account, region: environment.region }));
  return { environment: process.env, endpoint };
};

/**
 * As `enterAccount`, for a command that writes.
 * @throws SANDBOX_NOT_RUNNING, CREDENTIALS_MISSING, AWS_UNREACHABLE, ACCOUNT_MISMATCH
 */
export const enterAccountToWrite = async (project: Project): Promise<Account> => {
  const account = await enterAccount(project);
  checkAccount(project.environment, await callerAccount(project.environment));
  return account;
};

/** @throws ACCOUNT_MISMATCH */
export const checkAccount = ({ name, account }: Environment, caller: string): void => {
  if (caller === account) return;
  throw refused({
    code: 'ACCOUNT_MISMATCH',
    message: `The credentials belong to account ${caller}, but environment ${name} is pinned to ${account}.`,
    hint: 'Use credentials of that account (AWS_PROFILE), or mend "account" in the configuration.',
    details: { caller, pinned: account },
  });
};

/** The account of whoever calls, by STS. @throws CREDENTIALS_MISSING, AWS_UNREACHABLE */
export const callerAccount = async ({ region }: Pick<Environment, 'region'>): Promise<string> => {
  const client = new STSClient({ region, maxAttempts: 2 });
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}), {
      abortSignal: AbortSignal.timeout(ANSWER_MILLISECONDS),
    });
    return Account ?? '';
  } catch (cause) {
    const known = awsError(cause);
    throw known?.code === 'AWS_UNREACHABLE' ? known : credentialsMissing(cause);
  } finally {
    client.destroy();
  }
};

const adopt = (environment: NodeJS.ProcessEnv): void => {
  for (const name of Object.keys(process.env)) {
    if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
  }
  Object.assign(process.env, environment);
};
