import { judgeStatements, resourcePolicies, type Statement } from './documents.ts';
import type { Model } from './model.ts';
import { fault, type Fault, type Rule } from './rule.ts';

const ACCOUNT = /^(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})(?::.+)?$/;
const SOURCES = new Set(['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'kms:viaservice']);

const boundToSource = ({ conditions }: Statement): boolean =>
  conditions.some(
    ({ key, values }) =>
      (SOURCES.has(key.toLowerCase()) || key.startsWith('kms:EncryptionContext:')) && !values.includes('*'),
  );

export const t28: Rule = {
  id: 'T28',
  demand:
    "No policy of a bucket, queue, topic, key, secret or repository lets in anybody, a foreign account, or a service on anybody's behalf.",
  reason: 'A resource that trusts the world is public, whatever its name says.',
  sameAs: {
    checkov: ['CKV_AWS_70', 'CKV_AWS_93', 'CKV_AWS_168', 'CKV_AWS_169', 'CKV_AWS_385', 'CKV_AWS_387'],
    nag: ['AwsSolutions-S2'],
  },
  check: (model) =>
    judgeStatements(resourcePolicies(model), (statement) =>
      statement.allows ? statement.principals.map((principal) => judge(model, statement, principal)) : [],
    ),
};

const judge = (
  model: Model,
  statement: Statement,
  { kind, id }: Statement['principals'][number],
): Fault | boolean => {
  if (kind === '*') {
    return fault('lets in anybody', 'Name the roles or services that need it.');
  }
  if (kind === 'Service') {
    return (
      boundToSource(statement) ||
      fault(`lets in ${id} on anybody's behalf`, 'Add a condition on aws:SourceAccount or aws:SourceArn.')
    );
  }
  if (model.find('aws_iam_role', id) !== undefined) return true;
  const [, account] = ACCOUNT.exec(id) ?? [];
  return (
    account === model.environment.account ||
    fault(`lets in ${id}`, "Name only principals of the environment's account.")
  );
};
