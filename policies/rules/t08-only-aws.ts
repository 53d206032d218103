import { fault, judgeEach, judgeStacks, type Rule } from './rule.ts';

const FORBIDDEN = [
  'null_resource',
  'terraform_data',
  'local_file',
  'local_sensitive_file',
  'data.external',
  'data.http',
  'data.local_file',
];

export const t08: Rule = {
  id: 'T08',
  demand:
    'Only resources of AWS: no file, no provisioner, no null resource, no data source that calls a program or an address.',
  reason:
    "These run on the machine of whoever applies, with that person's rights, and a plan does not show what they do.",
  sameAs: { checkov: ['CKV_TF_1'] },
  check: (model) => [
    ...judgeEach(model, FORBIDDEN, ({ type }) => [
      fault(`is of the forbidden type ${type}`, 'Do it outside Terraform, as a journaled step.'),
    ]),
    ...model.stacks.flatMap(({ resources }) =>
      resources
        .filter(({ values }) => values['provisioner'] !== undefined)
        .map(({ stack, address }) => ({
          stack,
          address,
          ...fault('has a provisioner', 'Do it outside Terraform, as a journaled step.'),
        })),
    ),
    ...judgeStacks(model, 'provider', ({ providers }) =>
      Object.keys(providers).map(
        (name) => name === 'aws' || fault(`uses the provider ${name}`, 'Use the provider aws alone.'),
      ),
    ),
  ],
};
