import type { Environment } from '../../../../config/environment.ts';
import type { Changes } from '../account/account.ts';

/** One change to the sound account that breaks a rule. */
export interface Breach {
  /** Part of what the finding says. */
  readonly says: string;
  readonly changes: Changes;
  readonly environment?: Partial<Environment>;
}

export type Breaches = Readonly<Record<string, readonly Breach[]>>;

export const breach = (says: string, changes: Changes, environment?: Partial<Environment>): Breach => ({
  says,
  changes,
  ...(environment === undefined ? {} : { environment }),
});
