import { texts } from './attributes.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

const ALLOWED = new Set([
  'AmazonSSMManagedInstanceCore',
  'service-role/AmazonECSTaskExecutionRolePolicy',
  'service-role/AWSLambdaBasicExecutionRole',
  'service-role/AWSLambdaVPCAccessExecutionRole',
  'service-role/AWSLambdaMSKExecutionRole',
]);
const MANAGED = /^arn:[\w-]+:iam::aws:policy\/(.+)$/;

const WHERE = {
  aws_iam_role_policy_attachment: 'policy_arn',
  aws_iam_group_policy_attachment: 'policy_arn',
  aws_iam_policy_attachment: 'policy_arn',
  aws_iam_role: 'managed_policy_arns',
} as const;

export const t17: Rule = {
  id: 'T17',
  demand: "Of the policies that AWS manages only a fixed few are attached, and never an administrator's.",
  reason: 'AWS widens its policies when its services grow; few of them are narrow to begin with.',
  sameAs: {
    checkov: ['CKV_AWS_274', 'CKV_AWS_275'],
    trivy: ['AWS-0345'],
    nag: ['AwsSolutions-IAM4'],
  },
  check: (model) =>
    Object.entries(WHERE).flatMap(([type, attribute]) =>
      judgeEach(model, [type], ({ values }) =>
        texts(values, attribute).map((arn) => {
          const [, managed] = MANAGED.exec(arn) ?? [];
          if (managed !== undefined) {
            return (
              ALLOWED.has(managed) ||
              fault(`attaches ${managed}`, 'Write a policy of the actions that are needed.')
            );
          }
          return (
            model.find('aws_iam_policy', arn) !== undefined ||
            fault(`attaches ${arn}, a policy of no stack`, 'Attach a policy that the stacks define.')
          );
        }),
      ),
    ),
};
