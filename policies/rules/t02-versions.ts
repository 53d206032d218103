import { text, texts } from './attributes.ts';
import { fault, judgeStacks, type Rule } from './rule.ts';

const LEAST = [1, 10] as const;
const PINNED = /^(~>\s*)?\d+\.\d+(\.\d+)?$/;

/** Whether a constraint admits nothing older than 1.10. */
const newEnough = (constraint: string): boolean => {
  const [, major = '0', minor = '0'] = /(?:>=|~>|^)\s*(\d+)\.(\d+)/.exec(constraint) ?? [];
  return Number(major) > LEAST[0] || (Number(major) === LEAST[0] && Number(minor) >= LEAST[1]);
};

export const t02: Rule = {
  id: 'T02',
  demand: 'Every stack asks for Terraform 1.10 or newer and pins each provider exactly or with `~>`.',
  reason:
    'Native lock files begin with 1.10; an unpinned provider changes what a plan does without a change of ours.',
  sameAs: {},
  check: (model) =>
    judgeStacks(model, 'terraform', ({ terraform, providers }) => [
      newEnough(text(terraform, 'required_version') ?? '') ||
        fault('does not ask for Terraform 1.10 or newer', 'Set required_version to ">= 1.10".'),
      ...Object.keys(providers).map((name) => {
        const versions = texts(terraform, 'required_providers', name, 'version');
        return (
          (versions.length > 0 && versions.every((version) => PINNED.test(version))) ||
          fault(`does not pin the provider ${name}`, 'Pin it to one version, or with ~>.')
        );
      }),
    ]),
};
