import { arnOf, boundaryName, prefixOf } from '../../config/names.ts';
import { text } from './attributes.ts';
import { conditionValues, identityPolicies, judgeStatements, speaksOf, trustPolicies } from './documents.ts';
import type { Statement } from './documents.ts';
import { fault, type Rule } from './rule.ts';

/** Services that assume roles only for what runs in the role's own account, and give no source. */
const GIVE_NO_SOURCE = new Set(['ec2.amazonaws.com', 'lambda.amazonaws.com', 'quicksight.amazonaws.com']);
const SOURCES = ['aws:SourceAccount', 'aws:SourceArn', 'sts:ExternalId'];
/** Who is named exactly needs no condition. */
const OURS = ['aws_iam_role', 'aws_iam_user'];
const OPERATORS = ['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike'];

const bound = (statement: Statement): boolean =>
  SOURCES.some((key) => {
    const values = conditionValues(statement, key, ...OPERATORS);
    return values.length > 0 && !values.includes('*');
  });

export const t15: Rule = {
  id: 'T15',
  demand:
    'A role trusts one service on behalf of this account, or a role or user of our stacks; roles of others are entered only where a declaration names them.',
  reason:
    'A service works for all its customers: without the source of the request anybody could have it use our role.',
  sameAs: { checkov: ['CKV_AWS_60', 'CKV_AWS_61'] },
  check: (model) => {
    const ours = arnOf(model.environment, 'iam', `role/${prefixOf(model.environment)}-*`);
    return [
      ...judgeStatements(trustPolicies(model), (statement) => {
        const { allows, principals } = statement;
        if (!allows) return [];
        const [principal] = principals;
        return [
          (principals.length === 1 && principal?.kind !== '*') ||
            fault('trusts not exactly one service or account', 'Name one principal.'),
          GIVE_NO_SOURCE.has(principal?.id ?? '') ||
            OURS.some((type) => model.find(type, principal?.id) !== undefined) ||
            bound(statement) ||
            fault(
              'trusts a principal whomever it works for',
              'Add a condition on aws:SourceAccount, aws:SourceArn or sts:ExternalId.',
            ),
        ];
      }),
      ...judgeStatements(identityPolicies(model), (statement, { resource }) => {
        if (!statement.allows || !speaksOf(statement, 'sts:AssumeRole')) return [];
        const isBoundary = text(resource.values, 'name') === boundaryName(model.environment);
        return statement.resources.map(
          (role) =>
            model.declarations.externalRoleArns.includes(role) ||
            model.find('aws_iam_role', role) !== undefined ||
            (isBoundary && role === ours) ||
            fault(`enters ${role}, which no feed declares`, "Declare it in the feed's external buckets."),
        );
      }),
    ];
  },
};
