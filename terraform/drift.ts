import type { ChangedAttribute, ShownPlan } from './plan.ts';

/** One difference between what a deploy left and what the account has now. */
export interface DriftedAttribute {
  /** Top-level name: `policy`. */
  readonly name: string;
  /** Where within it, down to the value: `policy.Statement[0].Effect`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Its values are not carried. */
  readonly sensitive: boolean;
}

export interface DriftedResource {
  readonly address: string;
  readonly type: string;
  readonly gone: boolean;
  readonly attributes: readonly DriftedAttribute[];
}

interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Providers give back as null, empty or zero what nobody set. */
const isUnset = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  value === 0 ||
  (typeof value === 'object' && Object.values(value).every(isUnset));

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Policies are JSON within a text. */
const opened = (value: unknown): unknown => {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
};

/** Items of one list that the other lacks, with their places. */
const lackedBy = (other: readonly unknown[], list: readonly unknown[]): (readonly [number, unknown])[] => {
  const there = new Set(other.map((item) => JSON.stringify(item)));
  return [...list.entries()].filter(([, item]) => !there.has(JSON.stringify(item)));
};

/** Of lists that grew or shrank, the items that came and went. */
const itemDifferences = (
  path: string,
  before: readonly unknown[],
  after: readonly unknown[],
): readonly Difference[] => {
  const went = lackedBy(after, before);
  const came = lackedBy(before, after);
  if (went.length + came.length === 0) return [{ path, before, after }];
  return Array.from({ length: Math.max(went.length, came.length) }, (_, rank) => {
    const [place] = came[rank] ?? went[rank] ?? [rank];
    return differencesOf(`${path}[${place}]`, went[rank]?.[1], came[rank]?.[1]);
  }).flat();
};

/** Where two values differ, as deep as they are alike in shape; what is unset in both is no difference. */
export const differencesOf = (path: string, left: unknown, right: unknown): readonly Difference[] => {
  const [before, after] = [opened(left), opened(right)];
  if (isUnset(before) && isUnset(after)) return [];
  if (!isTree(before) || !isTree(after)) return before === after ? [] : [{ path, before, after }];
  if (Array.isArray(before) !== Array.isArray(after)) return [{ path, before, after }];
  if (Array.isArray(before) && Array.isArray(after) && before.length !== after.length) {
    return itemDifferences(path, before, after);
  }
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((key) => {
    const below = Array.isArray(before) ? `${path}[${key}]` : `${path}.${key}`;
    return differencesOf(below, before[key], after[key]);
  });
};

/** Tags come from the provider's configuration as well, which all resources share. */
const ALWAYS_CONFIGURED = ['tags_all'];

const changedIn = (
  attributes: readonly ChangedAttribute[],
  configured: ReadonlySet<string>,
): readonly DriftedAttribute[] =>
  attributes
    .filter(({ name }) => configured.has(name) || ALWAYS_CONFIGURED.includes(name))
    .flatMap(({ name, before, after, sensitive }): DriftedAttribute[] =>
      sensitive
        ? [{ name, path: name, sensitive }]
        : differencesOf(name, before, after).map((one) => ({ name, ...one, sensitive })),
    );

/**
 * What was changed in the account since the state was written: resources that are gone, and attributes of which the
 * configuration speaks. What AWS fills in by itself, and what the configuration was changed to and is not deployed
 * yet, is no drift.
 * @param plan of a refresh alone
 * @returns sorted by address
 */
export const driftOf = ({ drift, configured }: ShownPlan): readonly DriftedResource[] =>
  drift
    .map(({ address, type, actions, attributes }): DriftedResource => {
      const gone = actions.includes('delete');
      const known = configured.get(address) ?? new Set<string>();
      return { address, type, gone, attributes: gone ? [] : changedIn(attributes, known) };
    })
    .filter(({ gone, attributes }) => gone || attributes.length > 0)
    .sort((a, b) => (a.address < b.address ? -1 : 1));
