import { strings } from './attributes.ts';
import { fault, located, type Rule } from './rule.ts';

const NOWHERE = /\?\{[^:}]+:([^}]*)\}/g;

export const t57: Rule = {
  id: 'T57',
  demand: 'Every reference leads to a resource of its stack or to an output of another one.',
  reason: 'What can not be followed can not be judged; and an output that is missing fails only at plan.',
  sameAs: {},
  check: (model) =>
    model.stacks.flatMap(({ name: stack, resources, outputs }) =>
      [
        ...resources.map(({ address, values }) => ({ address, value: values })),
        ...Object.entries(outputs).map(([name, value]) => ({ address: `output.${name}`, value })),
      ].flatMap(({ address, value }) =>
        located(
          { stack, address },
          strings(value).flatMap((one) =>
            [...one.value.matchAll(NOWHERE)].map(([, expression = '']) =>
              fault(
                `refers in "${one.attribute}" to ${expression}, which leads nowhere`,
                'Refer to an attribute of a resource, plainly.',
              ),
            ),
          ),
        ),
      ),
    ),
};
