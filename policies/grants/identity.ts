import type { Environment } from '../../config/environment.ts';
import { arnOf, boundaryArn, runnerSecretName } from '../../config/names.ts';
import { anything, grant, on, ours, type Grants } from './grant.ts';

const bounded = (env: Environment) => ({
  StringEquals: { 'iam:PermissionsBoundary': boundaryArn(env) },
});

/** Who may do what; roles and their policies are granted by name (policies/deployer.ts). */
export const identity: Grants = {
  aws_iam_policy: [
    ours(
      'iam',
      'CreatePolicy GetPolicy GetPolicyVersion ListPolicyVersions TagPolicy UntagPolicy',
      'policy/@-*',
    ),
  ],
  aws_iam_group: [ours('iam', 'CreateGroup GetGroup DeleteGroup UpdateGroup', 'group/@-*')],
  aws_iam_group_policy: [ours('iam', 'PutGroupPolicy GetGroupPolicy DeleteGroupPolicy', 'group/@-*')],
  aws_iam_user: [
    grant('iam', 'CreateUser PutUserPermissionsBoundary', on('iam', 'user/@-*'), bounded),
    ours(
      'iam',
      'GetUser DeleteUser UpdateUser TagUser UntagUser ListGroupsForUser ListAccessKeys CreateAccessKey UpdateAccessKey DeleteAccessKey GetAccessKeyLastUsed ListUserPolicies ListAttachedUserPolicies ListSSHPublicKeys ListMFADevices ListSigningCertificates ListServiceSpecificCredentials DeleteLoginProfile',
      'user/@-*',
    ),
    grant('iam', 'ListVirtualMFADevices', anything),
    grant('secretsmanager', 'GetSecretValue', (env) => [
      arnOf(env, 'secretsmanager', `secret:${runnerSecretName(env)}-*`),
    ]),
  ],
  aws_iam_user_group_membership: [
    ours('iam', 'AddUserToGroup RemoveUserFromGroup', 'group/@-*'),
    ours('iam', 'ListGroupsForUser', 'user/@-*'),
  ],
  aws_iam_instance_profile: [
    ours(
      'iam',
      'CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags',
      'instance-profile/@-*',
    ),
  ],
};
