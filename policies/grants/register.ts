import { compute } from './compute.ts';

import type { Grants } from './grant.ts';
import { identity } from './identity.ts';
import { network } from './network.ts';
import { observation } from './observation.ts';
import { storage } from './storage.ts';
import { warehouse } from './warehouse.ts';

/**
 * What Terraform does to make, read, change and remove a resource of each type, from AWS's service
 * authorization reference and the provider's calls.
 */
export const grants: Grants = {
  ...compute,

  ...identity,
  ...network,
  ...observation,
  ...storage,
  ...warehouse,
};

/** Types that need no right of their own: a state of ours, and roles, which are granted by name. */
export const NEEDS_NO_RIGHT: ReadonlySet<string> = new Set([
  'data.terraform_remote_state',
  'aws_iam_role',
  'aws_iam_role_policies_exclusive',
  'aws_iam_role_policy',
  'aws_iam_role_policy_attachments_exclusive',
]);
