import type { ChangedAttribute, ShownChange } from '../../terraform/plan.ts';
import type { Style } from '../output.ts';

export interface StackDrift {
  readonly stack: string;
  readonly drifted: readonly ShownChange[];
}

const LONGEST = 120;

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
};

const attributeText = ({ name, before, after, sensitive }: ChangedAttribute): string =>
  sensitive ? `${name}: changed` : `${name}: ${shown(before)} is now ${shown(after)}`;

/** Each resource that differs, with the attributes that do. */
export const driftText = (stacks: readonly StackDrift[], style: Style): string => {
  const lines = stacks.flatMap(({ stack, drifted }) =>
    drifted.flatMap(({ address, actions, attributes }) =>
      actions.includes('delete')
        ? [style('red', `${stack}: ${address} is gone`)]
        : [
            style('yellow', `${stack}: ${address}`),
            ...attributes.map((attribute) => `  ${attributeText(attribute)}`),
          ],
    ),
  );
  if (lines.length === 0) return 'No drift.';
  return [...lines, '', '`peaches deploy` sets it right.'].join('\n');
};
