/** Temporary credentials of a role, as the AWS clients take them. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Credentials are renewed this long before they end, so that no transfer begins with dying ones. */
export const RENEW_BEFORE_MS = 5 * 60_000;

/**
 * Credentials that are always good for another five minutes, or for as long as the owner gives them.
 * Callers that ask at the same time share one call.
 */
export class AssumedRole {
  readonly #assume: () => Promise<RoleCredentials>;
  readonly #now: () => Date;
  #current: RoleCredentials | undefined;
  #pending: Promise<RoleCredentials> | undefined;

  constructor(assume: () => Promise<RoleCredentials>, now: () => Date = () => new Date()) {
    this.#assume = assume;
    this.#now = now;
  }

  async credentials(): Promise<RoleCredentials> {
    const current = this.#current;
    if (current !== undefined && current.expiration.getTime() - this.#now().getTime() > RENEW_BEFORE_MS) {
      return current;
    }
    this.#pending ??= this.#assume().finally(() => (this.#pending = undefined));
    return (this.#current = await this.#pending);
  }

  /** The next call assumes the role anew. */
  forget(): void {
    this.#current = undefined;
  }
}
