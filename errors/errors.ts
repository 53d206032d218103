/**
 * The one error family of the house. What a person did wrong, what the machine
 * lacks and what is merely busy are told apart by `kind`, because each asks
 * somebody else to act; everything that is not a `PeachesError` is a bug of ours.
 */

/** Who must act, and with which exit status the command line answers (docs/cli.md). */
export const EXIT_CODES = {
  /** The work was tried and did not succeed. */
  failed: 1,
  /** The call or the configuration is wrong. */
  usage: 64,
  /** A tool, a credential or a service that the work needs is not there. */
  prerequisite: 69,
  /** Somebody else holds what is needed; the same call may succeed later. */
  busy: 75,
  /** A guard forbids it: protected environment, wrong account, data would be lost. */
  refused: 77,
  /** The person interrupted it. */
  interrupted: 130,
} as const;

export type ErrorKind = keyof typeof EXIT_CODES;

export interface ErrorParts {
  /** Permanent name, upper snake case, listed in docs/errors.md. */
  readonly code: string;
  /** What failed and why, one plain sentence. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string;
  /** Facts for machines: paths, lines, names. Never a secret. */
  readonly details?: unknown;
  readonly cause?: unknown;
  /** A service that was asked is to blame, not what was worked on: the next run asks again. */
  readonly ofService?: true;
  /** Exit status of a process that worked in our place, which is handed on instead of the kind's. */
  readonly exitStatus?: number;
}

export class PeachesError extends Error {
  override readonly name = 'PeachesError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: unknown;
  readonly ofService: boolean;
  readonly #exitStatus: number | undefined;

  constructor(kind: ErrorKind, parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.kind = kind;
    this.code = parts.code;
    this.hint = parts.hint;
    this.details = parts.details;
    this.ofService = parts.ofService ?? false;
    this.#exitStatus = parts.exitStatus;
  }

  /** The process exit status that this error asks for. */
  get exitCode(): number {
    return this.#exitStatus ?? EXIT_CODES[this.kind];
  }
}

/** The work was tried and did not succeed (exit 1). */
export const failed = (parts: ErrorParts): PeachesError => new PeachesError('failed', parts);

/** The call or the configuration is wrong (exit 64). */
export const usageError = (parts: ErrorParts): PeachesError => new PeachesError('usage', parts);

/** A prerequisite is missing (exit 69). */
export const missing = (parts: ErrorParts): PeachesError => new PeachesError('prerequisite', parts);

/** Busy, try again (exit 75). */
export const busy = (parts: ErrorParts): PeachesError => new PeachesError('busy', parts);

/** Refused by a guard (exit 77). */
export const refused = (parts: ErrorParts): PeachesError => new PeachesError('refused', parts);

/** Interrupted by the person (exit 130). */
export const interrupted = (parts: ErrorParts): PeachesError => new PeachesError('interrupted', parts);

/** An error's code as the word under which ledger and quarantine count it. */
export const reasonOf = ({ code }: PeachesError): string => code.toLowerCase().replaceAll('_', '-');

/** The text of any thrown value. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
