import { failed } from '../errors/errors.ts';
import type { Action, Counts, TerraformEvent } from './events.ts';

/** One resource that a plan would touch. */
export interface PlannedChange {
  readonly address: string;
  /** `aws_s3_bucket` */
  readonly type: string;
  readonly action: Action;
  /** Terraform's word for why: `cannot_update`, `delete_because_no_resource_config`, ... */
  readonly reason?: string;
}

export interface PlanResult {
  readonly stack: string;
  /** Saved plan, for `apply` and `show`. */
  readonly planFile: string;
  readonly hasChanges: boolean;
  readonly counts: Counts;
  readonly changes: readonly PlannedChange[];
  /** The changes that remove something: deletions and replacements. */
  readonly destructive: readonly PlannedChange[];
}

const NOTHING: Counts = { add: 0, change: 0, remove: 0, import: 0 };

const UNTOUCHED = new Set<Action>(['noop', 'read']);
const DESTRUCTIVE = new Set<Action>(['delete', 'replace']);

/** Counts of the last summary in a stream; zero when it has none. */
export const countsOf = (events: readonly TerraformEvent[]): Counts =>
  events.findLast((event) => event.type === 'summary')?.counts ?? NOTHING;

/**
 * @param exitCode 0 no change, 2 changes (`-detailed-exitcode`)
 * @param listed which events name the changes: `planned`, or `drifted` for a plan that only refreshes
 */
export const planResultOf = (
  stack: string,
  planFile: string,
  exitCode: number,
  events: readonly TerraformEvent[],
  listed: 'planned' | 'drifted' = 'planned',
): PlanResult => {
  const changes = events.flatMap((event): PlannedChange[] => {
    if (event.type !== 'planned' && event.type !== 'drifted') return [];
    if (event.type !== listed || UNTOUCHED.has(event.action)) return [];
    const { address, resourceType: type, action, reason } = event;
    return [{ address, type, action, ...(reason === undefined ? {} : { reason }) }];
  });
  return {
    stack,
    planFile,
    hasChanges: exitCode === 2,
    counts: countsOf(events),
    changes,
    destructive: changes.filter(({ action }) => DESTRUCTIVE.has(action)),
  };
};

/** One attribute that differs; a sensitive or not yet known value is never carried. */
export interface ChangedAttribute {
  /** `tags.owner`, `rule[0].id` are given by their top-level name: `tags`, `rule`. */
  readonly name: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly sensitive: boolean;
  readonly unknown: boolean;
}

export interface ShownChange {
  readonly address: string;
  readonly type: string;
  readonly actions: readonly string[];
  readonly reason?: string;
  readonly attributes: readonly ChangedAttribute[];
}

export interface ShownPlan {
  readonly changes: readonly ShownChange[];
  /** What differs between state and account, found by the refresh of this plan. */
  readonly drift: readonly ShownChange[];
  /** By address, the attributes of which the configuration speaks. */
  readonly configured: ReadonlyMap<string, ReadonlySet<string>>;
}

type Marks = Readonly<Record<string, unknown>> | boolean | undefined;

interface RawChange {
  readonly address: string;
  readonly type: string;
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
    readonly after_unknown?: Marks;
    readonly before_sensitive?: Marks;
    readonly after_sensitive?: Marks;
  };
}

interface RawPlan {
  readonly format_version?: string;
  readonly resource_changes?: readonly RawChange[];
  readonly resource_drift?: readonly RawChange[];
  readonly configuration?: {
    readonly root_module?: {
      readonly resources?: readonly {
        readonly address: string;
        readonly expressions?: Readonly<Record<string, unknown>>;
      }[];
    };
  };
}

/** Whether a mark (`true`, or a tree with a `true` in it) covers the attribute or something in it. */
const marked = (marks: Marks, name: string): boolean => {
  if (typeof marks === 'boolean' || marks === undefined) return marks === true;
  const contains = (value: unknown): boolean =>
    value === true || (typeof value === 'object' && value !== null && Object.values(value).some(contains));
  return contains(marks[name]);
};

const attributesOf = ({ change }: RawChange): ChangedAttribute[] => {
  const before = change.before ?? {};
  const after = change.after ?? {};
  const unknowns = typeof change.after_unknown === 'object' ? change.after_unknown : {};
  return [...new Set([before, after, unknowns].flatMap((values) => Object.keys(values)))]
    .sort()
    .flatMap((name): ChangedAttribute[] => {
      const unknown = marked(change.after_unknown, name);
      if (!unknown && JSON.stringify(before[name]) === JSON.stringify(after[name])) return [];
      const sensitive = marked(change.before_sensitive, name) || marked(change.after_sensitive, name);
      if (sensitive) return [{ name, sensitive, unknown }];
      const was = before[name] === undefined ? {} : { before: before[name] };
      return [{ name, ...was, ...(unknown ? {} : { after: after[name] }), sensitive, unknown }];
    });
};

const shown = (changes: readonly RawChange[] = []): ShownChange[] =>
  changes
    .filter(({ change }) => !change.actions.every((action) => action === 'no-op' || action === 'read'))
    .map((raw) => ({
      address: raw.address,
      type: raw.type,
      actions: raw.change.actions,
      ...(raw.action_reason === undefined ? {} : { reason: raw.action_reason }),
      attributes: attributesOf(raw),
    }));

/**
 * @param document what `show -json` printed for a saved plan
 * @throws PeachesError PLAN_FORMAT_UNKNOWN
 */
export const shownPlanOf = (stack: string, document: string): ShownPlan => {
  const plan = JSON.parse(document) as RawPlan;
  const format = plan.format_version ?? '';
  if (!/^1\./.test(format)) {
    throw failed({
      code: 'PLAN_FORMAT_UNKNOWN',
      message: `The plan of ${stack} has format ${format || 'without a version'}; only format 1 can be read.`,
      hint: 'Use a Terraform 1.x, or a newer version of peaches.',
      details: { stack, format },
    });
  }
  return {
    changes: shown(plan.resource_changes),
    drift: shown(plan.resource_drift),
    configured: new Map(
      plan.configuration?.root_module?.resources?.map(({ address, expressions = {} }) => [
        address,
        new Set(Object.keys(expressions)),
      ]),
    ),
  };
};
