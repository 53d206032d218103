import { z } from 'zod';

/** A resource that a state knows. The stacks make each once: there is no `count` and no `for_each`. */
export interface StateResource {
  /** `aws_s3_bucket.operations_bucket` */
  readonly address: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Addresses of what it was made after, near and far. */
  readonly dependencies: readonly string[];
}

const stateSchema = z.object({
  resources: z.array(
    z.object({
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.object({
          attributes: z.record(z.string(), z.unknown()),
          dependencies: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});

/** @param state what `state pull` printed; empty when there is none yet */
export const resourcesOf = (state: string): readonly StateResource[] => {
  if (state.trim() === '') return [];
  return stateSchema
    .parse(JSON.parse(state))
    .resources.flatMap(({ mode, type, name, instances: [instance] }) =>
      mode === 'managed' && instance !== undefined ? [{ address: `${type}.${name}`, type, ...instance }] : [],
    );
};
