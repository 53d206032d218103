import { messageOf, missing, type PeachesError } from '../errors/errors.ts';

/** The error of a call that nobody is known to have made. */
export const credentialsMissing = (cause: unknown): PeachesError =>
  missing({
    code: 'CREDENTIALS_MISSING',
    message: `AWS does not say who is calling: ${messageOf(cause)}`,
    hint: 'Give credentials as any AWS tool takes them (AWS_PROFILE, AWS_ACCESS_KEY_ID, aws sso login), or use --target sandbox.',
    cause,
  });

/** @returns whether the SDK found no credentials at all */
export const lacksCredentials = (error: unknown): boolean =>
  error instanceof Error && error.name === 'CredentialsProviderError';
