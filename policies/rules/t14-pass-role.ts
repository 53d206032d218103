import { arnOf, boundaryName, prefixOf } from '../../config/names.ts';
import { text } from './attributes.ts';
import { conditionValues, identityPolicies, judgeStatements, speaksOf } from './documents.ts';
import { fault, type Rule } from './rule.ts';

export const t14: Rule = {
  id: 'T14',
  demand:
    "PassRole names the roles, or in the boundary the environment's roles, and the service to which they are passed.",
  reason: 'Whoever may pass any role to a service may do all that any role may do.',
  sameAs: { checkov: ['CKV_AWS_286'], trivy: ['AWS-0342'] },
  check: (model) => {
    const { environment } = model;
    const ours = arnOf(environment, 'iam', `role/${prefixOf(environment)}-*`);
    return judgeStatements(identityPolicies(model), (statement, { resource }) => {
      if (!statement.allows || !speaksOf(statement, 'iam:PassRole')) return [];
      const isBoundary = text(resource.values, 'name') === boundaryName(environment);
      return [
        conditionValues(statement, 'iam:PassedToService', 'StringEquals').length > 0 ||
          fault('passes roles to any service', 'Add the condition iam:PassedToService.'),
        ...statement.resources.map(
          (role) =>
            (isBoundary && role === ours) ||
            !role.includes('*') ||
            fault(`passes roles by the pattern ${role}`, 'Name the roles.'),
        ),
        ...statement.resources.map(
          (role) =>
            role.includes('*') ||
            model.find('aws_iam_role', role) !== undefined ||
            fault(`passes ${role}, a role of no stack`, 'Pass only roles that the stacks define.'),
        ),
      ];
    });
  },
};
