import { conditionValues, identityPolicies, judgeStatements, speaksOf, trustPolicies } from './documents.ts';
import type { Statement } from './documents.ts';
import { fault, type Rule } from './rule.ts';

/** Services that assume roles only for what runs in the role's own account, and give no source. */
const GIVE_NO_SOURCE = new Set(['ec2.amazonaws.com', 'lambda.amazonaws.com']);
const SOURCES = ['aws:SourceAccount', 'aws:SourceArn', 'sts:ExternalId'];
const OPERATORS = ['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike'];

const bound = (statement: Statement): boolean =>
  SOURCES.some((key) => {
    const values = conditionValues(statement, key, ...OPERATORS);
    return values.length > 0 && !values.includes('*');
  });

export const t15: Rule = {
  id: 'T15',
  demand:
    'A role trusts one service or account, on behalf of this account only; roles of others are entered only where a declaration names them.',
  reason:
    'A service works for all its customers: without the source of the request anybody could have it use our role.',
  sameAs: { checkov: ['CKV_AWS_60', 'CKV_AWS_61'] },
  check: (model) => [
    ...judgeStatements(trustPolicies(model), (statement) => {
      const { allows, principals } = statement;
      if (!allows) return [];
      const [principal] = principals;
      return [
        (principals.length === 1 && principal?.kind !== '*') ||
          fault('trusts not exactly one service or account', 'Name one principal.'),
        GIVE_NO_SOURCE.has(principal?.id ?? '') ||
          bound(statement) ||
          fault(
            'trusts a principal whomever it works for',
            'Add a condition on aws:SourceAccount, aws:SourceArn or sts:ExternalId.',
          ),
      ];
    }),
    ...judgeStatements(identityPolicies(model), (statement) =>
      statement.allows && speaksOf(statement, 'sts:AssumeRole')
        ? statement.resources.map(
            (role) =>
              model.declarations.externalRoleArns.includes(role) ||
              fault(`enters ${role}, which no feed declares`, "Declare it in the feed's external buckets."),
          )
        : [],
    ),
  ],
};
