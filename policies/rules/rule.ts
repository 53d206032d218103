import type { Model, Resource, Stack } from './model.ts';

/** Ids under which other scanners ask the same, so that an outside scan can be compared. */
export interface SameAs {
  readonly checkov?: readonly string[];
  readonly trivy?: readonly string[];
  readonly nag?: readonly string[];
}

/** What a rule asks and why, as docs/rules.md prints it. */
export interface RuleText {
  /** Permanent, `T21`. */
  readonly id: string;
  readonly demand: string;
  readonly reason: string;
  readonly sameAs: SameAs;
}

/** Something that breaks a rule. */
export interface Fault {
  /** What is wrong, a clause about the resource: `has no lifecycle`. */
  readonly message: string;
  /** What to change. */
  readonly fix: string;
}

/** A fault and where it is. */
export interface Located extends Fault {
  readonly stack: string;
  readonly address: string;
}

export interface Rule extends RuleText {
  readonly check: (model: Model) => readonly Located[];
}

/** A fault that a rule found. */
export interface Finding extends Located {
  readonly rule: string;
}

export const fault = (message: string, fix: string): Fault => ({ message, fix });

/** @param verdicts a fault each, or anything else when all is well */
export const located = (
  place: Pick<Located, 'stack' | 'address'>,
  verdicts: readonly (Fault | boolean | undefined)[],
): Located[] =>
  verdicts.flatMap((verdict) => (typeof verdict === 'object' ? [{ ...place, ...verdict }] : []));

/** Judges every resource of these types. */
export const judgeEach = (
  model: Model,
  types: readonly string[],
  judge: (resource: Resource) => readonly (Fault | boolean | undefined)[],
): Located[] =>
  model
    .of(...types)
    .flatMap((resource) => located({ stack: resource.stack, address: resource.address }, judge(resource)));

/** Judges every stack. @param address what of it the faults are about: `terraform`, `provider.aws` */
export const judgeStacks = (
  model: Model,
  address: string,
  judge: (stack: Stack) => readonly (Fault | boolean | undefined)[],
): Located[] => model.stacks.flatMap((stack) => located({ stack: stack.name, address }, judge(stack)));
