import { judgeStatements, policiesOfRole, trustPolicies } from './documents.ts';
import { fault, judgeEach, type Rule } from './rule.ts';
import { blocks, text } from './attributes.ts';

const QUICKSIGHT = 'quicksight.amazonaws.com';
const READ = new Set(['s3:GetObject', 's3:GetObjectVersion']);

export const t51: Rule = {
  id: 'T51',
  demand:
    'The role of a reporting tool reads only what a declaration publishes and writes nothing; data sets that are shared row by row have their rows held back by default.',
  reason: 'A report must not be the way to raw data, nor to the rows of another customer.',
  sameAs: {},
  check: (model) => [
    ...trustPolicies(model)
      .filter(({ statements = [] }) =>
        statements.some(({ principals }) => principals.some(({ id }) => id === QUICKSIGHT)),
      )
      .flatMap(({ resource: role }) =>
        judgeStatements(policiesOfRole(model, role), (statement) => {
          const s3 = statement.actions.filter((action) => /^s3:.*Object/.test(action));
          if (!statement.allows || s3.length === 0) return [];
          return [
            s3.every((action) => READ.has(action)) ||
              fault('lets a reporting tool write', 'Allow s3:GetObject alone.'),
            ...statement.resources.map(
              (objects) =>
                model.declarations.published.some((prefix) => objects.startsWith(prefix)) ||
                fault(
                  `lets a reporting tool read ${objects}`,
                  "Declare it as published in the feed's data set.",
                ),
            ),
          ];
        }),
      ),
    ...judgeEach(model, ['aws_quicksight_data_set'], ({ values }) =>
      blocks(values, 'row_level_permission_data_set').map(
        (permission) =>
          (text(permission, 'permission_policy') === 'GRANT_ACCESS' &&
            text(permission, 'status') !== 'DISABLED') ||
          fault('shows rows that nobody granted', 'Use GRANT_ACCESS, enabled.'),
      ),
    ),
  ],
};
