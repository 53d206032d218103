import type { DriftedAttribute, DriftedResource } from '../../terraform/drift.ts';
import type { Style } from '../output.ts';

export interface StackDrift {
  readonly stack: string;
  readonly drifted: readonly DriftedResource[];
}

const LONGEST = 120;

const shown = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
};

const attributeText = ({ path, before, after, sensitive }: DriftedAttribute): string => {
  if (sensitive) return `${path}: changed`;
  if (before === undefined) return `${path}: new, ${shown(after)}`;
  return after === undefined
    ? `${path}: gone, was ${shown(before)}`
    : `${path}: ${shown(before)} is now ${shown(after)}`;
};

/** Each resource of a stack that differs, with where it does. */
export const driftedText = ({ stack, drifted }: StackDrift, style: Style): string =>
  drifted
    .flatMap(({ address, gone, attributes }) =>
      gone
        ? [style('red', `${stack}: ${address} is gone`)]
        : [
            style('yellow', `${stack}: ${address}`),
            ...attributes.map((attribute) => `  ${attributeText(attribute)}`),
          ],
    )
    .join('\n');

/** What differs in all stacks, and what to do about it. */
export const driftText = (stacks: readonly StackDrift[], accepted: boolean, style: Style): string => {
  const differing = stacks.filter(({ drifted }) => drifted.length > 0);
  if (differing.length === 0) return 'No drift.';
  const next = accepted
    ? 'The state was brought up to date; `peaches diff` shows what the configuration says otherwise.'
    : '`peaches deploy` sets right what the configuration says otherwise.';
  return [...differing.map((one) => driftedText(one, style)), '', next].join('\n');
};
