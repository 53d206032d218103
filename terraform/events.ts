/** The machine-readable event stream of `plan -json`, `apply -json` and `init -json`, as far as it is used. */

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
}

export interface Counts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly import: number;
}

export type Action =
  'create' | 'read' | 'update' | 'replace' | 'delete' | 'move' | 'import' | 'forget' | 'noop';

interface About {
  readonly stack: string;
  readonly address: string;
  readonly resourceType: string;
  readonly action: Action;
}

/** What a view is told while Terraform works. */
export type TerraformEvent =
  | (About & { readonly type: 'planned' | 'drifted'; readonly reason?: string })
  | (About & { readonly type: 'started' })
  | (About & { readonly type: 'progress' | 'failed'; readonly elapsedSeconds: number })
  | (About & { readonly type: 'done'; readonly elapsedSeconds: number; readonly id?: string })
  | {
      readonly type: 'summary';
      readonly stack: string;
      readonly operation: 'plan' | 'apply' | 'destroy';
      readonly counts: Counts;
    }
  | { readonly type: 'diagnostic'; readonly stack: string; readonly diagnostic: Diagnostic };

interface RawResource {
  readonly addr: string;
  readonly resource_type: string;
}

/** One line of the stream; `type` decides which of the other fields are there. */
interface RawEvent {
  readonly type?: string;
  readonly change?: { readonly resource: RawResource; readonly action: string; readonly reason?: string };
  readonly hook?: {
    readonly resource: RawResource;
    readonly action: string;
    readonly elapsed_seconds?: number;
    readonly id_value?: string;
  };
  readonly changes?: Partial<Counts> & { readonly operation?: 'plan' | 'apply' | 'destroy' };
  readonly diagnostic?: {
    readonly severity?: string;
    readonly summary?: string;
    readonly detail?: string;
    readonly address?: string;
  };
}

const parse = (line: string): RawEvent | undefined => {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as RawEvent;
  } catch {
    return undefined;
  }
};

const about = (stack: string, part: { readonly resource: RawResource; readonly action: string }): About => ({
  stack,
  address: part.resource.addr,
  resourceType: part.resource.resource_type,
  action: (part.action === 'remove' ? 'forget' : part.action) as Action,
});

const HOOKS: Readonly<Record<string, 'started' | 'progress' | 'done' | 'failed'>> = {
  apply_start: 'started',
  apply_progress: 'progress',
  apply_complete: 'done',
  apply_errored: 'failed',
};

/**
 * @param line one line of the stream; a kill can cut the last one short
 * @returns the event, or nothing for a line that is broken, no JSON or of no interest
 */
export const eventOf = (stack: string, line: string): TerraformEvent | undefined => {
  const raw = parse(line);
  if (raw === undefined) return undefined;
  if (raw.change && (raw.type === 'planned_change' || raw.type === 'resource_drift')) {
    const { reason } = raw.change;
    return {
      type: raw.type === 'planned_change' ? 'planned' : 'drifted',
      ...about(stack, raw.change),
      ...(reason === undefined ? {} : { reason }),
    };
  }
  if (raw.type === 'change_summary' && raw.changes) {
    const { add = 0, change = 0, remove = 0, operation = 'plan' } = raw.changes;
    return {
      type: 'summary',
      stack,
      operation,
      counts: { add, change, remove, import: raw.changes.import ?? 0 },
    };
  }
  if (raw.type === 'diagnostic' && raw.diagnostic) {
    const { severity, summary = '', detail = '', address } = raw.diagnostic;
    return {
      type: 'diagnostic',
      stack,
      diagnostic: {
        severity: severity === 'warning' ? 'warning' : 'error',
        summary,
        detail,
        ...(address === undefined ? {} : { address }),
      },
    };
  }
  const type = raw.type === undefined ? undefined : HOOKS[raw.type];
  if (type === undefined || raw.hook === undefined) return undefined;
  const head = about(stack, raw.hook);
  const elapsedSeconds = raw.hook.elapsed_seconds ?? 0;
  if (type === 'started') return { type, ...head };
  if (type !== 'done') return { type, ...head, elapsedSeconds };
  const id = raw.hook.id_value;
  return { type, ...head, elapsedSeconds, ...(id === undefined ? {} : { id }) };
};
