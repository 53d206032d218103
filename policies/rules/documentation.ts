import { testedRules } from './held-by-tests.ts';
import { notDemanded } from './not-demanded.ts';
import { rules } from './register.ts';
import type { RuleText, SameAs } from './rule.ts';
import { waiversRule } from './waivers.ts';

const INTRODUCTION = `# Rules of the synthesized Terraform

Written from the rules' own data by \`npx tsx policies/rules/write-documentation.ts\`; a test keeps it in step.

\`synth\`, \`diff\` and \`deploy\` run these rules over \`cdktf.out\` before Terraform is called. They read the
stacks of an environment as one: references between resources, and to the outputs of other stacks, are followed;
policies, containers and state machines, which are JSON inside strings, are parsed. What can not be followed or
parsed breaks the rule that needs it. Each rule is a file of \`policies/rules/\`, and each has a fixture that
breaks it in \`test/policies/rules/breaches/\`.

A rule may be waived in one place by rule, address (\`*\` stands for any text), reason and last day:

\`\`\`json
{
  "rule": "T37",
  "address": "aws_instance.host",
  "reason": "its containers ask for the role themselves",
  "expires": "2027-06-30"
}
\`\`\`

T54 judges the waivers; nothing waives T54, nor a rule that a test holds.
`;

const SCANNERS = { checkov: 'checkov', trivy: 'Trivy', nag: 'cdk-nag' } as const;

const asked = (sameAs: SameAs): string =>
  Object.entries(SCANNERS)
    .flatMap(([scanner, title]) => {
      const ids = sameAs[scanner as keyof SameAs] ?? [];
      return ids.length === 0 ? [] : [`${title} ${ids.join(', ')}`];
    })
    .join('; ');

const section = (rule: RuleText, heldBy: string): string => {
  const same = asked(rule.sameAs);
  return [
    `## ${rule.id}`,
    rule.demand,
    `_Why:_ ${rule.reason}`,
    ...(same === '' ? [] : [`_Asked also by:_ ${same}`]),
    `_Held by:_ \`${heldBy}\``,
  ].join('\n\n');
};

/** @param files name of the file in which each rule stands, by id */
export const rulesDocument = (files: Readonly<Record<string, string>>): string => {
  const sections = [
    ...rules.map((rule) => ({ rule, heldBy: `policies/rules/${files[rule.id] ?? ''}` })),
    ...testedRules.map((rule) => ({ rule, heldBy: rule.test })),
    { rule: waiversRule, heldBy: 'policies/rules/waivers.ts' },
  ].sort((a, b) => (a.rule.id < b.rule.id ? -1 : 1));
  const others = notDemanded.map(({ ids, demand, why }) => `- ${ids.join(', ')}: ${demand} ${why}`);
  return [
    INTRODUCTION.trimEnd(),
    ...sections.map(({ rule, heldBy }) => section(rule, heldBy)),
    '## What other scanners ask and these rules do not',
    others.join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
};

/** Names of the rules' files by id. @param names all file names of this folder */
export const filesById = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.filter((name) => /^t\d\d-/.test(name)).map((name) => [name.slice(0, 3).toUpperCase(), name]),
  );
