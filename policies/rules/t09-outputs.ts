import { isTrue, strings } from './attributes.ts';
import { located, fault, type Rule } from './rule.ts';
import { namesSecret } from './secrets-in-text.ts';

const ATTRIBUTE = /@\{[^:]+:[^.]+\.[^.]+\.([^}]+)\}/g;

export const t09: Rule = {
  id: 'T09',
  demand: 'No output hands out a secret; one whose name speaks of one is marked sensitive.',
  reason: 'Outputs are printed, stored in state in clear text and read by other stacks.',
  sameAs: {},
  check: (model) =>
    model.stacks.flatMap(({ name: stack, outputs }) =>
      Object.entries(outputs).flatMap(([name, output]) => {
        const attributes = strings(output['value']).flatMap(({ value }) =>
          [...value.matchAll(ATTRIBUTE)].map(([, attribute = '']) => attribute),
        );
        return located({ stack, address: `output.${name}` }, [
          !attributes.some((attribute) => namesSecret(attribute) || attribute === 'secret_string') ||
            fault('hands out a secret', 'Give the ARN of the secret instead of its value.'),
          !namesSecret(name) ||
            isTrue(output, 'sensitive') ||
            fault('may be sensitive and is not marked', 'Set sensitive, or name what it really is.'),
        ]);
      }),
    ),
};
