import type { Environment } from '../../config/environment.ts';
import { boundaryArn, roleName } from '../../config/names.ts';
import {
  IamRole,
  IamRolePoliciesExclusive,
  IamRolePolicy,
  IamRolePolicyAttachmentsExclusive,
} from '../aws.ts';
import { Construct } from '../cdktf.ts';

export interface BoundedRoleProps {
  readonly env: Environment;
  /** What it is for; part of its name. */
  readonly purpose: string;
  readonly description: string;
  readonly trust: string;
  readonly policy: string;
  /** Where the policy is a resource of the same stack, its reference, so that it comes first. */
  readonly boundaryArn?: string;
  readonly stage?: string;
  /** Tags beside those of everything. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A role with its one policy and no other, within the environment's permissions boundary. */
export class BoundedRole extends Construct {
  readonly role: IamRole;
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: BoundedRoleProps) {
    super(scope, id);
    this.role = new IamRole(this, 'role', {
      name: roleName(props.env, props.purpose),
      description: props.description,
      assumeRolePolicy: props.trust,
      permissionsBoundary: props.boundaryArn ?? boundaryArn(props.env),
      ...(props.stage === undefined && props.tags === undefined
        ? {}
        : { tags: { ...(props.stage === undefined ? {} : { stage: props.stage }), ...props.tags } }),
    });
    this.policy = new IamRolePolicy(this, 'policy', {
      name: 'permissions',
      role: this.role.id,
      policy: props.policy,
    });
    new IamRolePoliciesExclusive(this, 'no-other-policy', {
      roleName: this.role.name,
      policyNames: [this.policy.name],
    });
    new IamRolePolicyAttachmentsExclusive(this, 'no-attachment', {
      roleName: this.role.name,
      policyArns: [],
    });
  }
}
