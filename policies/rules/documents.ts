import { blocks, parsed, text, texts, type Block } from './attributes.ts';
import type { Model, Resource } from './model.ts';
import { fault, located, type Fault, type Located } from './rule.ts';

/** IAM policy documents as the stacks carry them: JSON inside a string. */

export interface Principal {
  /** `AWS`, `Service`, `Federated`, or `*`. */
  readonly kind: string;
  readonly id: string;
}

export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

export interface Statement {
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: readonly Principal[];
  readonly conditions: readonly Condition[];
  /** It says what is left out instead of what is meant: `NotAction`, `NotResource`, `NotPrincipal`. */
  readonly inverted: boolean;
}

export interface Policy {
  readonly resource: Resource;
  /** Absent: what stands there is no JSON document. */
  readonly statements: readonly Statement[] | undefined;
}

const IDENTITY = {
  aws_iam_role_policy: ['policy'],
  aws_iam_policy: ['policy'],
  aws_iam_group_policy: ['policy'],
  aws_iam_user_policy: ['policy'],
};
const RESOURCE = {
  aws_s3_bucket_policy: ['policy'],
  aws_sqs_queue: ['policy'],
  aws_sqs_queue_policy: ['policy'],
  aws_sns_topic_policy: ['policy'],
  aws_kms_key: ['policy'],
  aws_kms_key_policy: ['policy'],
  aws_ecr_repository_policy: ['policy'],
  aws_secretsmanager_secret_policy: ['policy'],
  aws_cloudwatch_log_resource_policy: ['policy_document'],
  aws_msk_cluster_policy: ['policy'],
  aws_glue_resource_policy: ['policy'],
};

const gather = (model: Model, sources: Readonly<Record<string, readonly string[]>>): Policy[] =>
  Object.entries(sources).flatMap(([type, path]) =>
    model.of(type).flatMap((resource) => {
      const documents = texts(resource.values, ...path);
      return documents.map((document) => ({ resource, statements: statementsOf(document) }));
    }),
  );

/** What roles, groups and users may do. */
export const identityPolicies = (model: Model): Policy[] => [
  ...gather(model, IDENTITY),
  ...gather(model, { aws_iam_role: ['inline_policy', 'policy'] }),
];

/** Who may reach a resource, as the resource says. @param types all when none is named */
export const resourcePolicies = (model: Model, ...types: readonly (keyof typeof RESOURCE)[]): Policy[] =>
  gather(
    model,
    types.length === 0 ? RESOURCE : Object.fromEntries(types.map((type) => [type, RESOURCE[type]])),
  );

/** Who may take a role. */
export const trustPolicies = (model: Model): Policy[] =>
  gather(model, { aws_iam_role: ['assume_role_policy'] });

/** What a role may do by its own policies. */
export const policiesOfRole = (model: Model, role: Resource): Policy[] =>
  identityPolicies(model).filter(
    ({ resource }) =>
      resource === role ||
      (resource.type === 'aws_iam_role_policy' &&
        model.find('aws_iam_role', text(resource.values, 'role')) === role),
  );

/** Judges every statement. A document that can't be read is a fault: nobody knows what it grants. */
export const judgeStatements = (
  policies: readonly Policy[],
  judge: (statement: Statement, policy: Policy) => readonly (Fault | boolean | undefined)[],
): Located[] =>
  policies.flatMap((policy) => {
    const place = { stack: policy.resource.stack, address: policy.resource.address };
    if (policy.statements === undefined) return located(place, [UNREADABLE]);
    return located(
      place,
      policy.statements.flatMap((statement) => judge(statement, policy)),
    );
  });

export const UNREADABLE = fault(
  'carries a policy that is no JSON document in itself',
  'Write the document with policyDocument(), not by a function or a data source of Terraform.',
);

/** @returns undefined when the text is no policy document */
export const statementsOf = (document: string | undefined): Statement[] | undefined => {
  const json = parsed(document);
  if (typeof json !== 'object' || json === null || !('Statement' in json)) return undefined;
  return blocks({ statements: json.Statement }, 'statements').map(statementOf);
};

const statementOf = (block: Block): Statement => ({
  allows: text(block, 'Effect') === 'Allow',
  actions: [...texts(block, 'Action'), ...texts(block, 'NotAction')],
  resources: [...texts(block, 'Resource'), ...texts(block, 'NotResource')],
  principals: principalsOf(block['Principal'] ?? block['NotPrincipal']),
  conditions: blocks(block, 'Condition').flatMap((operators) =>
    Object.entries(operators).flatMap(([operator, keys]) =>
      Object.keys(keys as Block).map((key) => ({ operator, key, values: texts(keys as Block, key) })),
    ),
  ),
  inverted: ['NotAction', 'NotResource', 'NotPrincipal'].some((part) => block[part] !== undefined),
});

const principalsOf = (principal: unknown): Principal[] => {
  if (principal === '*') return [{ kind: '*', id: '*' }];
  if (typeof principal !== 'object' || principal === null) return [];
  return Object.keys(principal).flatMap((kind) =>
    texts(principal as Block, kind).map((id) => (id === '*' ? { kind: '*', id } : { kind, id })),
  );
};

/** Whether a pattern of IAM, with `*` and `?`, covers a text. */
export const covers = (pattern: string, value: string): boolean => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(value);
};

/** Whether a statement speaks of an action. */
export const speaksOf = ({ actions }: Statement, action: string): boolean =>
  actions.some((pattern) => covers(pattern, action));

/** Values that a statement's conditions compare a key with by one of the operators. */
export const conditionValues = (
  { conditions }: Statement,
  key: string,
  ...operators: readonly string[]
): readonly string[] =>
  conditions.flatMap((condition) =>
    condition.key.toLowerCase() === key.toLowerCase() && operators.includes(condition.operator)
      ? condition.values
      : [],
  );
