import { failed, messageOf, missing } from '../../errors/errors.ts';
import { isTransient } from './failure-class.ts';
import { accessDenied, bucketNotFound, conditionFailed, objectNotFound } from './store-errors.ts';

interface AwsError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired']);

/** Whether AWS said by the name of an error that the credentials are no longer valid. */
export const isExpiry = (name: string): boolean => EXPIRED.has(name);

const OWN_HINT =
  'The role of this stage does not permit it: deploy the stacks again, and see `doctor` for what is missing.';

/** What S3 or STS said, in the words of the house; what has no word of its own is handed back as it is. */
export const s3Error = (error: unknown, bucket: string, key: string): unknown => {
  const { name = '', $metadata } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  if (name === 'NoSuchBucket') return bucketNotFound(bucket, error);
  if (name === 'NoSuchKey' || name === 'NotFound') return objectNotFound(bucket, key, error);
  if (status === 412 || name === 'ConditionalRequestConflict') return conditionFailed(bucket, key, error);
  if (isExpiry(name)) {
    return missing({
      code: 'CREDENTIALS_EXPIRED',
      message: `The credentials for ${bucket} have expired.`,
      hint: 'Sign in again, for instance with `aws sso login`, and run again.',
      details: { bucket },
      cause: error,
    });
  }
  if (name === 'CredentialsProviderError') {
    return missing({
      code: 'CREDENTIALS_MISSING',
      message: `There are no AWS credentials to reach ${bucket} with: ${messageOf(error)}`,
      hint: 'Set AWS_PROFILE, or sign in with `aws sso login`.',
      details: { bucket },
      cause: error,
    });
  }
  if (name === 'RequestTimeTooSkewed') {
    return missing({
      code: 'CLOCK_SKEWED',
      message: 'AWS refuses the request because the clock of this machine is wrong.',
      hint: 'Set the clock (NTP) and run again.',
      cause: error,
    });
  }
  if (isTransient(error)) {
    return failed({
      code: 'SERVICE_UNAVAILABLE',
      message: `${bucket}/${key} could not be reached: ${messageOf(error)}`,
      hint: 'Run again.',
      details: { bucket, key },
      cause: error,
    });
  }
  if (status === 403) return accessDenied(bucket, key, OWN_HINT, error);
  return error;
};

/** What STS said when a role of somebody else was to be assumed. */
export const assumeRoleError = (error: unknown, roleArn: string, bucket: string): unknown => {
  const { name = '', $metadata } = error as AwsError;
  if (name !== 'AccessDenied' && $metadata?.httpStatusCode !== 403) return s3Error(error, bucket, '');
  return failed({
    code: 'ACCESS_DENIED',
    message: `The role ${roleArn}, which opens ${bucket}, does not let us in.`,
    hint:
      'Check the account parameters of the feed (a wrong network id names a wrong role), and ask the owner ' +
      'to put the role of this stage on the allow-list.',
    details: { bucket, roleArn },
    cause: error,
  });
};
