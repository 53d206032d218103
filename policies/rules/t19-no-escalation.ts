import { boundaryArn } from '../../config/names.ts';
import { conditionValues, covers, identityPolicies, judgeStatements, speaksOf } from './documents.ts';
import { fault, type Rule } from './rule.ts';

/** Actions that make or widen an identity: only within the boundary. */
const WIDEN = [
  'iam:CreateRole',
  'iam:CreateUser',
  'iam:PutRolePolicy',
  'iam:AttachRolePolicy',
  'iam:PutUserPolicy',
  'iam:AttachUserPolicy',
  'iam:PutRolePermissionsBoundary',
  'iam:PutUserPermissionsBoundary',
];
const UNBIND = ['iam:DeleteRolePermissionsBoundary', 'iam:DeleteUserPermissionsBoundary'];
const EDIT = [
  'iam:CreatePolicyVersion',
  'iam:SetDefaultPolicyVersion',
  'iam:DeletePolicyVersion',
  'iam:DeletePolicy',
];

export const t19: Rule = {
  id: 'T19',
  demand:
    'Who may make or widen a role may do so only within the boundary, and may neither edit nor remove the boundary.',
  reason: 'Otherwise the boundary holds everybody but those who could leave it.',
  sameAs: { checkov: ['CKV_AWS_286', 'CKV_AWS_289'] },
  check: (model) => {
    const boundary = boundaryArn(model.environment);
    return judgeStatements(identityPolicies(model), (statement, { statements = [] }) => {
      if (!statement.allows) return [];
      const bound = conditionValues(statement, 'iam:PermissionsBoundary', 'StringEquals', 'ArnEquals');
      const within = bound.length > 0 && bound.every((value) => value === boundary);
      const denied = (action: string): boolean =>
        statements.some(
          (other) =>
            !other.allows &&
            other.conditions.length === 0 &&
            speaksOf(other, action) &&
            other.resources.some((pattern) => covers(pattern, boundary)),
        );
      return [
        ...WIDEN.map(
          (action) =>
            !speaksOf(statement, action) ||
            within ||
            fault(`allows ${action} without the boundary`, 'Add the condition iam:PermissionsBoundary.'),
        ),
        ...UNBIND.map(
          (action) => !speaksOf(statement, action) || fault(`allows ${action}`, 'Leave the action out.'),
        ),
        ...EDIT.map(
          (action) =>
            !speaksOf(statement, action) ||
            !statement.resources.some((pattern) => covers(pattern, boundary)) ||
            denied(action) ||
            fault(`allows ${action} on the boundary`, 'Deny it on the boundary itself.'),
        ),
      ];
    });
  },
};
