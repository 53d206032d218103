import type { Environment } from '../config/environment.ts';
import {
  arnOf,
  boundaryArn,
  bucketArn,
  bucketNamePattern,
  prefixOf,
  stateBucketName,
} from '../config/names.ts';
import { policyDocument, type Statement } from './document.ts';
import { texts } from './rules/attributes.ts';
import type { Resource } from './rules/model.ts';
import type { Deployed, Grant } from './grants/grant.ts';
import { grants, NEEDS_NO_RIGHT } from './grants/register.ts';

/** @param resources of all stacks, as the rules see them */
export const deployedOf = (resources: readonly Pick<Resource, 'type' | 'values'>[]): Deployed => ({
  types: [...new Set(resources.map(({ type }) => type))].sort(),
  roleNames: resources.flatMap(({ type, values }) =>
    type === 'aws_iam_role' && typeof values['name'] === 'string' ? [values['name']] : [],
  ),
  deliveredLogGroups: resources.flatMap(({ type, values }) =>
    type === 'aws_cloudwatch_log_subscription_filter' ? texts(values, 'log_group_name') : [],
  ),
});

/** Characters without white space that IAM allows a managed policy. */
export const MOST_CHARACTERS = 6144;

/** Services that are handed a role, by the type of the resource that names it. */
const PASSED_TO: Readonly<Record<string, string | readonly string[]>> = {
  aws_cloudwatch_log_subscription_filter: 'logs',
  aws_ecs_task_definition: 'ecs-tasks',
  aws_kinesis_firehose_delivery_stream: 'firehose',
  aws_sfn_state_machine: 'states',
  aws_scheduler_schedule: 'scheduler',
  aws_flow_log: 'vpc-flow-logs',
  aws_redshiftserverless_namespace: ['redshift', 'redshift-serverless'],
  aws_quicksight_data_source: 'quicksight',
  aws_iam_instance_profile: 'ec2',
};

/** Widens an identity, and is allowed only for one within the boundary. */
const WIDEN = ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:PutRolePermissionsBoundary'];
const KEEP_ROLE = [
  'iam:DeleteRole',
  'iam:DeleteRolePolicy',
  'iam:DetachRolePolicy',
  'iam:GetRole',
  'iam:GetRolePolicy',
  'iam:ListAttachedRolePolicies',
  'iam:ListInstanceProfilesForRole',
  'iam:ListRolePolicies',
  'iam:TagRole',
  'iam:UntagRole',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateRole',
  'iam:UpdateRoleDescription',
];
const EDIT_POLICY = [
  'iam:CreatePolicyVersion',
  'iam:DeletePolicy',
  'iam:DeletePolicyVersion',
  'iam:SetDefaultPolicyVersion',
];
const UNBIND = ['iam:DeleteRolePermissionsBoundary', 'iam:DeleteUserPermissionsBoundary'];

/**
 * The least that whoever applies and removes the environment needs, as documents that each fit into one
 * managed policy. It can make the boundary, and neither change nor remove it: that is another's office,
 * or the boundary could be left by those whom it holds.
 * @throws Error naming types of which no rights are known here
 */
export const deployerPolicies = (env: Environment, deployed: Deployed): readonly string[] => {
  const { types, roleNames } = deployed;
  const unknown = types.filter((type) => !Object.hasOwn(grants, type) && !NEEDS_NO_RIGHT.has(type));
  if (unknown.length > 0) throw new Error(`No rights are known for ${unknown.join(', ')}.`);
  return packed([
    ...identities(env, roleNames, types),
    ...ownTools(env),
    ...merged(
      env,
      deployed,
      types.flatMap((type) => grants[type] ?? []),
    ),
  ]);
};

const identities = (
  env: Environment,
  roleNames: readonly string[],
  types: readonly string[],
): readonly Statement[] => {
  const boundary = boundaryArn(env);
  const roles = [...roleNames].sort().map((name) => arnOf(env, 'iam', `role/${name}`));
  const services = types.flatMap((type) => PASSED_TO[type] ?? []);
  return [
    {
      Sid: 'WidenWithinTheBoundary',
      Effect: 'Allow',
      Action: WIDEN,
      Resource: roles,
      Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
    },
    { Sid: 'KeepRoles', Effect: 'Allow', Action: KEEP_ROLE, Resource: roles },
    {
      Sid: 'PassRoles',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: roles,
      Condition: {
        StringEquals: {
          'iam:PassedToService': [...new Set(services)].sort().map((service) => `${service}.amazonaws.com`),
        },
      },
    },
    { Sid: 'KeepTheBoundary', Effect: 'Deny', Action: EDIT_POLICY, Resource: [boundary] },
    { Sid: 'KeepWithinIt', Effect: 'Deny', Action: UNBIND, Resource: '*' },
  ];
};

/** What our own commands do beside Terraform: state, images, inventory, emptying, the values of secrets. */
const ownTools = (env: Environment): readonly Statement[] => {
  const state = bucketArn(env, stateBucketName(env));
  const ours = bucketArn(env, bucketNamePattern(env));
  return [
    {
      Sid: 'MakeStateBucket',
      Effect: 'Allow',
      Action: [
        's3:CreateBucket',
        's3:GetBucketVersioning',
        's3:ListBucket',
        's3:ListBucketVersions',
        's3:PutBucketPolicy',
        's3:PutBucketPublicAccessBlock',
        's3:PutBucketTagging',
        's3:PutBucketVersioning',
        's3:PutEncryptionConfiguration',
        's3:PutLifecycleConfiguration',
      ],
      Resource: [state],
    },
    {
      Sid: 'KeepState',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: [`${state}/${env.project}/${env.name}/*`],
    },
    {
      Sid: 'EmptyBuckets',
      Effect: 'Allow',
      Action: ['s3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
      Resource: [ours],
    },
    {
      Sid: 'DeleteObjects',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:AbortMultipartUpload'],
      Resource: [`${ours}/*`],
    },
    {
      Sid: 'PushImages',
      Effect: 'Allow',
      Action: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchDeleteImage',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:DescribeImages',
        'ecr:InitiateLayerUpload',
        'ecr:ListImages',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      Resource: [arnOf(env, 'ecr', `repository/${prefixOf(env)}/*`)],
    },
    {
      Sid: 'SetSecrets',
      Effect: 'Allow',
      Action: ['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue'],
      Resource: [arnOf(env, 'secretsmanager', `secret:${prefixOf(env)}/*`)],
    },
    {
      Sid: 'KnowOurs',
      Effect: 'Allow',
      Action: ['iam:ListPolicyTags', 'iam:ListRoleTags', 'iam:ListUserTags'],
      Resource: ['policy', 'role', 'user'].map((kind) => arnOf(env, 'iam', `${kind}/${prefixOf(env)}-*`)),
    },
    {
      Sid: 'KnowNoResource',
      Effect: 'Allow',
      Action: [
        'ec2:DescribeInstances',
        'ec2:DescribeNatGateways',
        'ec2:DescribeVpcEndpoints',
        'ecr:GetAuthorizationToken',
        'iam:ListPolicies',
        'iam:ListRoles',
        'iam:ListUsers',
        'sts:GetCallerIdentity',
        'tag:GetResources',
      ],
      Resource: '*',
    },
  ];
};

/** One statement for all grants on the same resources under the same conditions. */
const merged = (env: Environment, deployed: Deployed, all: readonly Grant[]): readonly Statement[] => {
  const groups = new Map<string, { actions: Set<string>; rest: Omit<Statement, 'Sid' | 'Action'> }>();
  for (const grant of all) {
    const condition = grant.condition?.(env);
    const rest = {
      Effect: 'Allow' as const,
      Resource: grant.resources(env, deployed),
      ...(condition === undefined ? {} : { Condition: condition }),
    };
    const key = JSON.stringify(rest);
    const group = groups.get(key) ?? { actions: new Set(), rest };
    for (const action of grant.actions) group.actions.add(action);
    groups.set(key, group);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { actions, rest }], index) => ({ Sid: `Grant${index}`, Action: [...actions].sort(), ...rest }));
};

/** Statements in as few documents as they come to fit into, in their order. */
const packed = (statements: readonly Statement[]): readonly string[] => {
  const documents: Statement[][] = [[]];
  for (const statement of statements) {
    const last = documents.at(-1) ?? [];
    if (last.length > 0 && policyDocument(...last, statement).length > MOST_CHARACTERS) {
      documents.push([statement]);
    } else {
      last.push(statement);
    }
  }
  return documents.map((document) => policyDocument(...document));
};
