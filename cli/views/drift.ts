import type { DriftedAttribute, DriftedResource } from '../../terraform/drift.ts';
import type { Style } from '../output.ts';

export interface StackDrift {
  readonly stack: string;
  readonly drifted: readonly DriftedResource[];
}

const LONGEST = 120;

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
};

const attributeText = ({ path, before, after, sensitive, added }: DriftedAttribute): string => {
  if (sensitive) return `${path}: changed`;
  return added ? `${path}: added by hand` : `${path}: ${shown(before)} is now ${shown(after)}`;
};

/** Each resource that differs, with where it does. */
export const driftText = (stacks: readonly StackDrift[], accepted: boolean, style: Style): string => {
  const resources = stacks.flatMap(({ stack, drifted }) => drifted.map((one) => ({ stack, ...one })));
  if (resources.length === 0) return 'No drift.';
  const lines = resources.flatMap(({ stack, address, gone, attributes }) =>
    gone
      ? [style('red', `${stack}: ${address} is gone`)]
      : [
          style('yellow', `${stack}: ${address}`),
          ...attributes.map((attribute) => `  ${attributeText(attribute)}`),
        ],
  );
  const added = resources.some(({ attributes }) => attributes.some((attribute) => attribute.added));
  const next = accepted
    ? ['The state was brought up to date; `peaches diff` shows what the configuration says otherwise.']
    : [
        '`peaches deploy` sets right what the configuration says otherwise.',
        ...(added ? ['What was added by hand no deploy takes away: remove it where it was added.'] : []),
      ];
  return [...lines, '', ...next].join('\n');
};
