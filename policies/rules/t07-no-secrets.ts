import { partitionOf } from '../../config/names.ts';
import { strings } from './attributes.ts';
import { namesSecret, secretIn } from './secrets-in-text.ts';
import { fault, judgeEach, judgeStacks, type Fault, type Rule } from './rule.ts';
import type { Model } from './model.ts';

const ACCOUNT = /(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])/g;
const PARTITION = /\barn:(aws[a-z-]*):/g;
/** Said by Terraform or AWS in words, not given as a value. */
const NO_VALUE = /^(?:|[@?]\{.*\}|true|false)$/;

/** Hashes, and what another rule decodes first. */
const OPAQUE = new Set(['user_data', 'user_data_base64', 'source_code_hash']);

const judge = (model: Model, values: unknown): (Fault | undefined)[] => {
  const { account, region } = model.environment;
  const { externalRoleArns, delivererAccounts } = model.declarations;
  const accounts = new Set([account, ...externalRoleArns.flatMap(accountsIn), ...delivererAccounts]);
  const partition = partitionOf(region);
  return strings(values).flatMap(({ attribute, value }) => {
    const kind =
      (OPAQUE.has(attribute) ? undefined : secretIn(value)) ??
      (namesSecret(attribute) && !NO_VALUE.test(value) ? 'a literal value' : undefined);
    return [
      kind === undefined
        ? undefined
        : fault(
            `holds what looks like a secret in "${attribute}" (${kind})`,
            'Keep it in Secrets Manager and let the task read it there.',
          ),
      ...accountsIn(value).map((found) =>
        accounts.has(found)
          ? undefined
          : fault(`names the foreign account ${found}`, "Use the environment's account, or declare it."),
      ),
      ...[...value.matchAll(PARTITION)].map(([, found]) =>
        found === partition
          ? undefined
          : fault(`names partition ${found ?? ''} where ${partition} is meant`, 'Use arnOf().'),
      ),
    ];
  });
};

const accountsIn = (value: string): string[] => value.match(ACCOUNT) ?? [];

export const t07: Rule = {
  id: 'T07',
  demand:
    "No literal secret, no account but the environment's own and those of declared external roles, no ARN of another partition.",
  reason:
    'What is synthesized lies in files, plans and state, all of which are copied; an account that nobody declared is a way out.',
  sameAs: {
    checkov: ['CKV_SECRET_2', 'CKV_SECRET_6', 'CKV_AWS_41'],
    trivy: ['AWS-0036'],
  },
  check: (model) => [
    ...judgeEach(model, allTypes(model), ({ values }) => judge(model, values)),
    ...judgeStacks(model, 'terraform', ({ terraform, providers, outputs }) =>
      judge(model, [terraform, providers, outputs]),
    ),
  ],
};

const allTypes = (model: Model): string[] => [
  ...new Set(model.stacks.flatMap(({ resources }) => resources.map(({ type }) => type))),
];
