import { PeachesError } from '../../errors/errors.ts';

/**
 * Who is to blame for an error decides what happens to the unit:
 * - `transient`: the far side was busy or the line broke; tried again at once, and by the next run.
 * - `environment`: permissions, credentials, disk, declaration; the stage stops, nothing is held against the unit.
 * - `missing`: the input vanished, or a service said no; the next run looks again.
 * - `terminal`: the input; trying again would end the same.
 * - `unexpected`: a fault of ours or of a library; the next run tries again, with the fault mended.
 */
export type FailureClass = 'transient' | 'environment' | 'missing' | 'terminal' | 'unexpected';

const TRANSIENT = new Set([
  // peaches
  'TRANSFER_BROKEN',
  'SERVICE_UNAVAILABLE',
  'LOCK_BUSY',
  'WAREHOUSE_BUSY',
  // sockets and name service
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  // AWS
  'SlowDown',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'InternalServerException',
  'InternalServiceError',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'ActiveStatementsExceededException',
  'OperationAborted',
  'ConditionalRequestConflict',
]);

const ENVIRONMENT = new Set([
  // peaches
  'ACCESS_DENIED',
  'BUCKET_NOT_FOUND',
  'CREDENTIALS_EXPIRED',
  'DISK_FULL',
  'INVALID_KEY',
  'UNDECLARED_ACCESS',
  // this machine
  'EACCES',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'EPERM',
  'EROFS',
  // AWS
  'AccessDenied',
  'AccessDeniedException',
  'AllAccessDisabled',
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'NoSuchBucket',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

const MISSING = new Set(['OBJECT_NOT_FOUND', 'NoSuchKey']);

const TRANSIENT_STATUS = new Set([408, 429, 500, 502, 503, 504]);

interface Shape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly cause?: unknown;
  readonly details?: { readonly status?: unknown };
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

const shapeOf = (error: unknown): Shape => (typeof error === 'object' && error !== null ? error : {});

/** HTTP status that an error carries, if any. */
const statusOf = ({ status, details, $metadata }: Shape): unknown =>
  $metadata?.httpStatusCode ?? status ?? details?.status;

const ownClass = (error: unknown): FailureClass | undefined => {
  const shape = shapeOf(error);
  for (const word of [shape.code, shape.name]) {
    if (typeof word !== 'string') continue;
    if (TRANSIENT.has(word)) return 'transient';
    if (ENVIRONMENT.has(word)) return 'environment';
    if (MISSING.has(word)) return 'missing';
  }
  const status = statusOf(shape);
  if (typeof status === 'number' && TRANSIENT_STATUS.has(status)) return 'transient';
  return undefined;
};

/** Sorts an error by itself, or by what caused it. */
export const classify = (error: unknown): FailureClass => {
  const seen = new Set<unknown>();
  for (let at = error; at !== undefined && at !== null && !seen.has(at); at = shapeOf(at).cause) {
    seen.add(at);
    const found = ownClass(at);
    if (found !== undefined) return found;
    if (at instanceof PeachesError && at.ofService) return 'missing';
    if (at instanceof PeachesError && at.kind !== 'failed')
      return at.kind === 'busy' ? 'transient' : 'environment';
  }
  return error instanceof PeachesError ? 'terminal' : 'unexpected';
};

/** Whether the same call may succeed a little later. */
export const isTransient = (error: unknown): boolean => classify(error) === 'transient';
