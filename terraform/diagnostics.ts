import { busy, failed, missing, refused, type PeachesError } from '../errors/errors.ts';
import type { Diagnostic } from './events.ts';

/** Who holds a state lock, as Terraform tells it. */
export interface StateLock {
  readonly id: string;
  /** What is locked: `<bucket>/<key>` or a file. */
  readonly path: string;
  readonly operation: string;
  /** `user@host` */
  readonly who: string;
  /** Instant, ISO 8601; absent when Terraform did not say. */
  readonly created?: string;
}

/** `2026-11-22 03:24:25.123456 +0000 UTC` as ISO 8601. */
const instant = (text: string): string | undefined => {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.\d+)? \+0000/.exec(text);
  return match ? `${match[1] ?? ''}T${match[2] ?? ''}Z` : undefined;
};

/** @returns the lock that a diagnostic's text describes, if it describes one */
export const lockOf = (text: string): StateLock | undefined => {
  const field = (name: string): string =>
    new RegExp(`^\\s*${name}: +(\\S.*?)\\s*$`, 'm').exec(text)?.[1] ?? '';
  const id = field('ID');
  if (id === '') return undefined;
  const created = instant(field('Created'));
  return {
    id,
    path: field('Path'),
    operation: field('Operation').replace('OperationType', '').toLowerCase(),
    who: field('Who'),
    ...(created === undefined ? {} : { created }),
  };
};

const ageOf = (created: string, now: number): string => {
  const minutes = Math.max(0, Math.round((now - Date.parse(created)) / 60_000));
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

/** `deployer@laptop (apply, since 4 min)` */
export const holderText = ({ who, operation, created }: StateLock): string =>
  `${who} (${operation}${created === undefined ? '' : `, since ${ageOf(created, Date.now())}`})`;

/** @param lock what is known of it */
export const lockedError = (stack: string, lock: StateLock | undefined): PeachesError => {
  const holder = lock === undefined ? 'another process' : holderText(lock);
  return busy({
    code: 'STATE_LOCKED',
    message: `The state of ${stack} is locked by ${holder}.`,
    hint: 'Wait until that run ends and call again. If it died, `peaches unlock` releases its lock.',
    details: { stack, lock },
  });
};

type Translate = (stack: string, text: string, address: string) => PeachesError;

/** The operation that was denied: `s3:PutBucketPolicy`, or the API call's name. */
const deniedAction = (text: string): string =>
  /not authorized to perform: (\S+)/.exec(text)?.[1] ??
  /operation error [^:]+: (\w+)/.exec(text)?.[1] ??
  'an API call';

/** Known causes, most telling first; the first that matches names the error. */
const CAUSES: readonly (readonly [RegExp, Translate])[] = [
  [
    /Error acquiring the state lock|state lock.*(PreconditionFailed|412)/s,
    (stack, text) => lockedError(stack, lockOf(text)),
  ],
  [
    /Saved plan is stale|plan file can no longer be applied/,
    (stack) =>
      failed({
        code: 'PLAN_STALE',
        message: `The state of ${stack} has changed since the plan was made, so the plan was not applied.`,
        hint: 'Plan again, look at the new plan and apply that one.',
        details: { stack },
      }),
  ],
  [
    /ExpiredToken|token (has|is) expired|security token.*expired|RequestExpired/i,
    (stack) =>
      missing({
        code: 'CREDENTIALS_EXPIRED',
        message: `The AWS credentials expired while ${stack} was worked on.`,
        hint: 'Renew them (for example `aws sso login`) and call again: what was done stays done.',
        details: { stack },
      }),
  ],
  [
    /No valid credential sources found|InvalidClientTokenId|InvalidAccessKeyId|failed to refresh cached credentials|SignatureDoesNotMatch/,
    (stack) =>
      missing({
        code: 'CREDENTIALS_MISSING',
        message: `${stack} could not be worked on: no valid AWS credentials.`,
        hint: 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then call again.',
        details: { stack },
      }),
  ],
  [
    /AccessDenied|UnauthorizedOperation|not authorized to perform|StatusCode: 403/,
    (stack, text) =>
      failed({
        code: 'ACCESS_DENIED',
        message: `AWS refused ${deniedAction(text)} while working on ${stack}.`,
        hint: 'Grant the caller that action (also look at permissions boundary and service control policies), then call again.',
        details: { stack, action: deniedAction(text) },
      }),
  ],
  [
    /Failed to (query available|install) provider|Inconsistent dependency lock file|no available releases|Required plugins are not installed/,
    (stack) =>
      missing({
        code: 'PROVIDER_UNAVAILABLE',
        message: `Terraform could not get the AWS provider for ${stack}.`,
        hint: 'Allow access to the provider registry, or put a provider mirror on this machine and name it in a Terraform CLI configuration (TF_CLI_CONFIG_FILE).',
        details: { stack },
      }),
  ],
  [
    /S3 bucket .* does not exist|NoSuchBucket.*state|Error loading state.*NoSuchBucket/s,
    (stack) =>
      missing({
        code: 'STATE_BUCKET_MISSING',
        message: `The bucket that keeps the state of ${stack} does not exist.`,
        hint: 'Call `peaches up`, which creates it.',
        details: { stack },
      }),
  ],
  [
    /BucketNotEmpty|RepositoryNotEmpty/,
    (stack, text) => {
      const name = /deleting (?:S3 Bucket|ECR Repository) \(([^)]+)\)/.exec(text)?.[1];
      return refused({
        code: 'NOT_EMPTY',
        message: `${name ?? 'Something'} of ${stack} was not deleted, because there is data in it.`,
        hint: 'Call `peaches destroy --delete-data` if the data may go.',
        details: { stack, name },
      });
    },
  ],
  [
    /AlreadyExists|AlreadyOwnedByYou|ResourceInUse.*already exist/i,
    (stack, _text, address) =>
      failed({
        code: 'RESOURCE_EXISTS',
        message: `${address || 'A resource'} of ${stack} could not be created: the account has one of that name, and the state does not know it.`,
        hint: "If a run was killed while it created it, import it into the state; if it is somebody else's, choose another project or environment name.",
        details: { stack, address },
      }),
  ],
  [
    /\b(read|write) tcp .*(closed network connection|connection reset|broken pipe|i\/o timeout)|request send failed.*\bEOF\b/,
    (stack) =>
      failed({
        code: 'CONNECTION_BROKEN',
        message: `The connection to AWS broke while ${stack} was worked on.`,
        hint: 'Check the network and call again: what was done stays done.',
        details: { stack },
      }),
  ],
  [
    /connection refused|no such host|request send failed|dial tcp/,
    (stack) =>
      failed({
        code: 'AWS_UNREACHABLE',
        message: `The AWS endpoint could not be reached while working on ${stack}.`,
        hint: 'Check the network; for the sandbox call `peaches sandbox status`.',
        details: { stack },
      }),
  ],
];

const textOf = ({ summary, detail }: Diagnostic): string => `${summary}\n${detail}`;

/** Terraform adds nothing useful after the first lines of a long API error. */
const brief = (text: string): string => text.trim().split('\n').filter(Boolean).slice(0, 6).join('\n');

/**
 * @param command what was called, `apply`
 * @param diagnostics errors that Terraform reported, in order
 * @param output the last plain text of the process, for a death without a diagnostic
 */
export const errorOf = (
  stack: string,
  command: string,
  diagnostics: readonly Diagnostic[],
  output: string,
): PeachesError => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const text = errors.length > 0 ? errors.map(textOf).join('\n') : output;
  const [first] = errors;
  for (const [pattern, translate] of CAUSES) {
    if (!pattern.test(text)) continue;
    return Object.assign(translate(stack, text, first?.address ?? ''), { cause: brief(text) });
  }
  const address = first?.address === undefined ? '' : ` (${first.address})`;
  const reason = first === undefined ? brief(output) || 'it ended without a message' : brief(textOf(first));
  return failed({
    code: 'TERRAFORM_FAILED',
    message: `Terraform ${command} of ${stack} failed${address}: ${reason}`,
    hint: 'Mend the cause and call again: what was done is in the state and stays done.',
    details: {
      stack,
      command,
      diagnostics: errors.map(({ summary, detail, address: of }) => ({
        summary,
        address: of ?? /import an existing object to "([^"]+)"/.exec(detail)?.[1],
      })),
    },
  });
};
