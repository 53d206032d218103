import { allow, arn, objects, trust } from '../account/names.ts';
import { breach, type Breaches } from './breach.ts';

const STAGE = 'aws_iam_role_policy.load.policy';
const grant = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  [STAGE]: { Statement: [allow(Action, Resource, Condition)] },
});
const BOUNDARY = arn('iam', 'policy/acme-dev-boundary');

export const identities: Breaches = {
  T11: [
    breach("environment's boundary", { 'aws_iam_role.load.permissions_boundary': undefined }),
    breach("environment's boundary", {
      'aws_iam_role.load.permissions_boundary': arn('iam', 'policy/acme-prod-boundary'),
    }),
    breach("environment's boundary", { 'aws_iam_policy.boundary': undefined }),
  ],
  T12: [
    breach('allows s3:*', grant('s3:*', objects('acme-dev-demo-logs-111122223333'))),
    breach('allows s3:Get*', grant('s3:Get*', objects('acme-dev-demo-logs-111122223333'))),
    breach('all but what it lists', {
      [STAGE]: { Statement: [{ Effect: 'Allow', NotAction: 'iam:CreateUser', Resource: 'x' }] },
    }),
    breach('no JSON document', { [STAGE]: '${data.aws_iam_policy_document.load.json}' }),
  ],
  T13: [
    breach('s3:GetObject on any resource', grant('s3:GetObject', '*')),
    breach('sqs:SendMessage on any resource', grant('sqs:SendMessage', 'arn:aws:sqs:*:*:*')),
  ],
  T14: [
    breach('to any service', grant('iam:PassRole', '${aws_iam_role.load.arn}')),
    breach(
      'by the pattern',
      grant('iam:PassRole', arn('iam', 'role/acme-dev-*'), {
        StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      }),
    ),
    breach(
      'a role of no stack',
      grant('iam:PassRole', arn('iam', 'role/administrator'), {
        StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      }),
    ),
  ],
  T15: [
    breach('whomever it works for', {
      'aws_iam_role.load.assume_role_policy.Statement.0.Condition': undefined,
    }),
    breach('whomever it works for', {
      'aws_iam_role.load.assume_role_policy.Statement.0.Condition': {
        StringLike: { 'aws:SourceAccount': '*' },
      },
    }),
    breach('not exactly one service or account', {
      'aws_iam_role.load.assume_role_policy.Statement.0.Principal': {
        Service: ['ecs-tasks.amazonaws.com', 'lambda.amazonaws.com'],
      },
    }),
    breach('not exactly one service or account', {
      'aws_iam_role.load.assume_role_policy.Statement.0.Principal': '*',
    }),
    breach('which no feed declares', grant('sts:AssumeRole', 'arn:aws:iam::444455556666:role/writer')),
    breach('no JSON document', { 'aws_iam_role.load.assume_role_policy': 'trust me' }),
  ],
  T16: [
    breach('is a user', { 'aws_iam_user.host': { name: 'acme-dev-host' } }),
    breach('opens the console', { 'aws_iam_user_login_profile.host': {} }),
    breach('policy of its own', { 'aws_iam_user_policy.host': { policy: { Statement: [] } } }),
    breach('makes a key', { 'aws_iam_access_key.host': { user: 'acme-dev-host' } }),
  ],
  T17: [
    breach('attaches AdministratorAccess', {
      'aws_iam_role_policy_attachment.host.policy_arn': 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
    breach('a policy of no stack', {
      'aws_iam_role.load.managed_policy_arns': [arn('iam', 'policy/by-hand')],
    }),
  ],
  T18: [
    breach("which is not demo's", grant('s3:PutObject', objects('acme-dev-other-logs-111122223333', 'raw/'))),
    breach(
      "which is not demo's",
      grant('s3:PutObject', objects('acme-dev-operations-111122223333', 'ledger/other/')),
    ),
    breach("which is not demo's", grant('s3:ListBucket', 'arn:aws:s3:::acme-dev-operations-111122223333')),
    breach("which is not demo's", grant('s3:PutObject', objects('somebody-elses-logs', 'acme/'))),
    breach("which is not demo's", grant('s3:GetObject', objects('somebody-elses-logs'))),
    breach("which is not demo's", grant('s3:GetObject', '${aws_s3_bucket.gone.arn}/*')),
  ],
  T19: [
    breach('iam:CreateRole without the boundary', grant('iam:CreateRole', arn('iam', 'role/acme-dev-*'))),
    breach(
      'iam:CreateRole without the boundary',
      grant('iam:CreateRole', arn('iam', 'role/acme-dev-*'), {
        StringEquals: { 'iam:PermissionsBoundary': arn('iam', 'policy/acme-prod-boundary') },
      }),
    ),
    breach(
      'iam:DeleteRolePermissionsBoundary',
      grant('iam:DeleteRolePermissionsBoundary', arn('iam', 'role/acme-dev-*')),
    ),
    breach('on the boundary', grant('iam:CreatePolicyVersion', arn('iam', 'policy/acme-dev-*'))),
    breach('on the boundary', grant('iam:DeletePolicy', BOUNDARY)),
  ],
  T20: [
    breach('one role for both purposes', {
      'aws_ecs_task_definition.load.task_role_arn': arn('iam', 'role/acme-dev-execution'),
    }),
    breach('no task role', { 'aws_ecs_task_definition.load.task_role_arn': undefined }),
    breach('no execution role', {
      'aws_ecs_task_definition.load.execution_role_arn': '${aws_iam_role.gone.arn}',
    }),
    breach('which none of them is given', {
      'aws_iam_role_policy.execution.policy': {
        Statement: [
          allow('secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:acme-dev/other-abcdef')),
        ],
      },
    }),
  ],
  T36: [
    breach('loses what it could not start', {
      'aws_scheduler_schedule.load.target.dead_letter_config': undefined,
    }),
    breach('loses what it could not start', { 'aws_sqs_queue.dead_letters': undefined }),
    breach('how often it tries', { 'aws_scheduler_schedule.load.target.retry_policy': undefined }),
    breach('no time zone', { 'aws_scheduler_schedule.load.schedule_expression_timezone': undefined }),
    breach('no role of its own', { 'aws_iam_role.schedules.assume_role_policy': trust('lambda') }),
    breach('could not deliver', { 'aws_cloudwatch_event_target.load': { arn: 'x' } }),
  ],
  T51: [
    breach('lets a reporting tool read', {
      'aws_iam_role_policy.reports.policy': {
        Statement: [allow('s3:GetObject', objects('acme-dev-demo-logs-111122223333', 'raw/'))],
      },
    }),
    breach('lets a reporting tool write', {
      'aws_iam_role_policy.reports.policy.Statement.0.Action': ['s3:GetObject', 's3:PutObject'],
    }),
    breach('rows that nobody granted', {
      'aws_quicksight_data_set.capacity.row_level_permission_data_set.permission_policy': 'DENY_ACCESS',
    }),
  ],
};
