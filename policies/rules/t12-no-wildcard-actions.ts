import { identityPolicies, judgeStatements, resourcePolicies } from './documents.ts';
import { fault, type Rule } from './rule.ts';

export const t12: Rule = {
  id: 'T12',
  demand: 'No statement allows an action by `*` or by exclusion; each action is named.',
  reason: 'A wildcard grants what AWS will add tomorrow, and nobody can read what it grants today.',
  sameAs: {
    checkov: ['CKV_AWS_62', 'CKV_AWS_63', 'CKV2_AWS_40', 'CKV_AWS_286', 'CKV_AWS_289'],
    trivy: ['AWS-0057', 'AWS-0345'],
    nag: ['AwsSolutions-IAM5'],
  },
  check: (model) =>
    judgeStatements(
      [...identityPolicies(model), ...resourcePolicies(model)],
      ({ allows, actions, inverted }) => [
        !(allows && inverted) ||
          fault('allows all but what it lists', 'Name what is allowed instead of what is not.'),
        ...actions.map(
          (action) =>
            !(allows && action.includes('*')) ||
            fault(`allows ${action}`, 'Name the actions that are needed.'),
        ),
      ],
    ),
};
