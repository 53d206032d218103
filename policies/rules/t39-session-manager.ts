import { text, texts } from './attributes.ts';
import { policiesOfRole, speaksOf } from './documents.ts';
import type { Model, Resource } from './model.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

const MANAGED = 'policy/AmazonSSMManagedInstanceCore';
const CHANNELS = 'ssmmessages:OpenDataChannel';

export const t39: Rule = {
  id: 'T39',
  demand: 'A host has no key pair; people reach it by Session Manager, through the role of its profile.',
  reason: 'Keys are copied and forgotten; sessions are granted by IAM and logged.',
  sameAs: { checkov: ['CKV2_AWS_41'] },
  check: (model) => [
    ...judgeEach(model, ['aws_key_pair'], () => [fault('is a key pair', 'Remove it.')]),
    ...judgeEach(model, ['aws_instance', 'aws_launch_template'], ({ type, values }) => {
      const profile = model.find(
        'aws_iam_instance_profile',
        type === 'aws_instance'
          ? text(values, 'iam_instance_profile')
          : (text(values, 'iam_instance_profile', 'name') ?? text(values, 'iam_instance_profile', 'arn')),
      );
      const role = model.find('aws_iam_role', text(profile?.values ?? {}, 'role'));
      return [
        text(values, 'key_name') === undefined || fault('is reached by a key', 'Leave key_name out.'),
        (role !== undefined && sessions(model, role)) ||
          fault(
            'has no role that Session Manager can use',
            'Give it a profile whose role may open sessions.',
          ),
      ];
    }),
  ],
};

const sessions = (model: Model, role: Resource): boolean =>
  [...model.attached(role, 'aws_iam_role_policy_attachment', 'role'), role].some(({ values }) =>
    [...texts(values, 'policy_arn'), ...texts(values, 'managed_policy_arns')].some((arn) =>
      arn.endsWith(MANAGED),
    ),
  ) ||
  policiesOfRole(model, role).some(({ statements = [] }) =>
    statements.some((statement) => statement.allows && speaksOf(statement, CHANNELS)),
  );
