import { covers, identityPolicies, judgeStatements } from './documents.ts';
import { fault, type Rule } from './rule.ts';

/** Actions that know no resource, or none that is known beforehand; from AWS's authorization reference. */
const KNOW_NO_RESOURCE = [
  'ecr:GetAuthorizationToken',
  'sts:GetCallerIdentity',
  'cloudwatch:PutMetricData',
  'logs:*LogDelivery',
  'logs:ListLogDeliveries',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:PutResourcePolicy',
  'xray:Get*',
  'xray:Put*',
  'ec2:Describe*',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ssm:UpdateInstanceInformation',
  'ssmmessages:*',
  'ec2messages:*',
  'ecs:DescribeTaskDefinition',
  'ecs:ListTaskDefinitions',
  'redshift-data:DescribeStatement',
  'redshift-data:GetStatementResult',
  'redshift-data:CancelStatement',
  'tag:GetResources',
];

export const t13: Rule = {
  id: 'T13',
  demand: 'Only actions that know no resource are allowed on `*`.',
  reason: 'On `*` a right for one bucket is a right for every bucket of the account.',
  sameAs: {
    checkov: ['CKV_AWS_355', 'CKV_AWS_356', 'CKV_AWS_287', 'CKV_AWS_288', 'CKV_AWS_290'],
    trivy: ['AWS-0057'],
    nag: ['AwsSolutions-IAM5'],
  },
  check: (model) =>
    judgeStatements(identityPolicies(model), ({ allows, actions, resources }) =>
      actions.map(
        (action) =>
          !(
            allows &&
            resources.some((resource) => /^(?:\*|arn:\*.*|arn:[\w-]+:[\w-]+:\*?:\*?:\*)$/.test(resource))
          ) ||
          KNOW_NO_RESOURCE.some((pattern) => covers(pattern, action)) ||
          fault(`allows ${action} on any resource`, 'Name the resources.'),
      ),
    ),
};
