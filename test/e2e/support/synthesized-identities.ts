import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SynthesizedStack } from '../../../stacks/synthesize.ts';
import type { clientSettings } from '../../../config/access.ts';

type Values = Readonly<Record<string, string>>;
type Json = { readonly resource?: Readonly<Record<string, Readonly<Record<string, Values>>>> };

/** Stands for the keys of the foundation, whose ids AWS chooses. */
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0f0f0f0f-0000-0000-0000-000000000000';

/** Stands for what no stage touches: log groups, queues. */
const ELSEWHERE = 'arn:aws:s3:::elsewhere';

/**
 * Makes the buckets, secrets and identities of synthesized stacks, and nothing else: their policies are those of the
 * stacks to the letter, with references filled in. Takes seconds where all of the stacks would take minutes.
 */
export const makeIdentities = async (
  stacks: readonly SynthesizedStack[],
  settings: ReturnType<typeof clientSettings>,
): Promise<void> => {
  const iam = new IAMClient(settings);
  const s3 = new S3Client(settings);
  const secrets = new SecretsManagerClient(settings);
  for (const { folder } of stacks) {
    const { resource = {} } = JSON.parse(await readFile(join(folder, 'cdk.tf.json'), 'utf8')) as Json;
    const of = (type: string) => Object.entries(resource[type] ?? {});
    const secretArns = new Map<string, string>();
    for (const [, { bucket }] of of('aws_s3_bucket'))
      await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    for (const [id, { name }] of of('aws_secretsmanager_secret')) {
      const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: name }));
      secretArns.set(id, ARN);
    }
    const filled = (text = ''): string =>
      text
        .replaceAll(
          /\$\{aws_secretsmanager_secret\.([^.}]+)\.arn\}/g,
          (_, id: string) => secretArns.get(id) ?? '',
        )
        .replaceAll(/\$\{[^}]*key[^}]*\}/g, KEY)
        .replaceAll(/\$\{[^}]*\}/g, ELSEWHERE);
    const boundaries = new Map<string, string>();
    for (const [id, { name, policy }] of of('aws_iam_policy')) {
      const { Policy } = await iam.send(
        new CreatePolicyCommand({ PolicyName: name, PolicyDocument: filled(policy) }),
      );
      boundaries.set(`\${aws_iam_policy.${id}.arn}`, Policy?.Arn ?? '');
    }
    const bound = ({ permissions_boundary: named = '' }: Values) => boundaries.get(named) ?? named;
    for (const [id, role] of of('aws_iam_role')) {
      await iam.send(
        new CreateRoleCommand({
          RoleName: role['name'],
          AssumeRolePolicyDocument: role['assume_role_policy'],
          PermissionsBoundary: bound(role),
        }),
      );
      const policies = of('aws_iam_role_policy').filter(([, { role: of_ = '' }]) => of_.includes(`.${id}.`));
      for (const [, { name, policy }] of policies) {
        await iam.send(
          new PutRolePolicyCommand({
            ...{ RoleName: role['name'], PolicyName: name, PolicyDocument: filled(policy) },
          }),
        );
      }
    }
    for (const [, { name }] of of('aws_iam_group')) {
      await iam.send(new CreateGroupCommand({ GroupName: name }));
      for (const [, { name: PolicyName, policy }] of of('aws_iam_group_policy')) {
        await iam.send(
          new PutGroupPolicyCommand({ GroupName: name, PolicyName, PolicyDocument: filled(policy) }),
        );
      }
      for (const [, user] of of('aws_iam_user')) {
        await iam.send(new CreateUserCommand({ UserName: user['name'], PermissionsBoundary: bound(user) }));
        await iam.send(new AddUserToGroupCommand({ GroupName: name, UserName: user['name'] }));
      }
    }
  }
  for (const client of [iam, s3, secrets]) client.destroy();
};
