import { policyDocument } from './document.ts';
import { runnerStatements } from './host.ts';

/** The group of the user that runs stages on a host outside AWS: what the host itself may do, less its sessions. */
export const runnerPolicy = (...access: Parameters<typeof runnerStatements>): string =>
  policyDocument(...runnerStatements(...access));
