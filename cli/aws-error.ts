import { failed, messageOf, missing } from '../errors/errors.ts';
import type { PeachesError } from '../errors/errors.ts';
import { isExpiry } from '../etl/runtime/s3-errors.ts';
import { credentialsMissing } from './credentials.ts';

/** What errors of the SDK, and of the sockets below it, tell of themselves. */
interface Shape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

const UNREACHABLE = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'TimeoutError',
]);
const INVALID = new Set([
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const DENIED = /AccessDenied|Unauthorized|NotAuthorized|^AuthorizationError$/;

const unreachable = (cause: unknown): PeachesError =>
  failed({
    code: 'AWS_UNREACHABLE',
    message: `The AWS endpoint could not be reached: ${messageOf(cause)}`,
    hint: 'Check the network and AWS_ENDPOINT_URL; for the sandbox call `peaches sandbox status`.',
    cause,
  });

/**
 * A call of the AWS SDK that did not succeed, as an error that says what to do.
 * @returns undefined for what is no error of a call to AWS
 */
export const awsError = (error: unknown): PeachesError | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { name, code, $fault, $metadata } = error as Shape;
  if ([name, code].some((word) => typeof word === 'string' && UNREACHABLE.has(word)))
    return unreachable(error);
  if ($fault === undefined || typeof name !== 'string') return undefined;
  if (isExpiry(name)) {
    return missing({
      code: 'CREDENTIALS_EXPIRED',
      message: `AWS no longer takes the credentials: ${messageOf(error)}`,
      hint: 'Log in again (`aws sso login`) or renew them, then call again.',
      cause: error,
    });
  }
  if (INVALID.has(name)) return credentialsMissing(error);
  if (DENIED.test(name) || $metadata?.httpStatusCode === 403) {
    return failed({
      code: 'ACCESS_DENIED',
      message: `AWS refused a call: ${messageOf(error)}`,
      hint: '`peaches doctor` names what the caller lacks, `peaches policy print deployer` prints all that it needs.',
      cause: error,
    });
  }
  return failed({
    code: 'AWS_CALL_FAILED',
    message: `AWS answered ${name}: ${messageOf(error)}`,
    hint: 'Call again; where it stays, look the answer up in the AWS documentation. --verbose shows the call.',
    cause: error,
  });
};
