import type { RuleText } from './rule.ts';

/** A rule that one synthesis can't show; a test of ours holds it. */
export interface TestedRule extends RuleText {
  /** Path of the test from the top of the repository. */
  readonly test: string;
}

const test = 'test/policies/rules/synthesis.test.ts';

export const testedRules: readonly TestedRule[] = [
  {
    id: 'T05',
    demand: 'The same configuration gives the same bytes, twice in a row and with its keys in another order.',
    reason: 'Otherwise a plan shows changes that nobody made, and hides those that somebody did.',
    sameAs: {},
    test,
  },
  {
    id: 'T06',
    demand:
      'The addresses are those of the recorded list; one that goes is moved by a `moved` block, or left in the account by a `removed` block.',
    reason: 'A changed address destroys the resource and makes it anew, with what it held.',
    sameAs: {},
    test,
  },
];
