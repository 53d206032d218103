import type { Environment } from '../../config/environment.ts';
import { prefixOf, runnerName, runnerSecretName } from '../../config/names.ts';
import { runnerPolicy } from '../../policies/runner.ts';
import { IamGroup, IamGroupPolicy, IamUser, IamUserGroupMembership, SecretsmanagerSecret } from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { keepData } from '../environment-stack.ts';

/**
 * The user of a host outside AWS: its rights are its group's, within the boundary. Terraform makes no key,
 * only the secret into which `secrets rotate` puts one.
 */
export class Runner extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly env: Environment;
      readonly boundaryArn: string;
      readonly dataKeyArn: string;
      readonly stageRoleArns: readonly string[];
    },
  ) {
    super(scope, id);
    const { env, dataKeyArn } = props;
    const name = runnerName(env);
    const user = new IamUser(this, 'user', {
      name,
      permissionsBoundary: props.boundaryArn,
      forceDestroy: true,
    });
    const group = new IamGroup(this, 'group', { name });
    new IamGroupPolicy(this, 'policy', {
      name: 'permissions',
      group: group.name,
      policy: runnerPolicy(env, props),
    });
    new IamUserGroupMembership(this, 'membership', { user: user.name, groups: [group.name] });
    new SecretsmanagerSecret(this, 'key', {
      name: runnerSecretName(env),
      description: `Access key of the user ${name} of ${prefixOf(env)}: JSON with accessKeyId, secretAccessKey`,
      kmsKeyId: dataKeyArn,
      recoveryWindowInDays: 0,
      ...keepData(env),
    });
  }
}
