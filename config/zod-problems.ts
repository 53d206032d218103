import type { z } from 'zod';
import type { Path } from './source.ts';
import { didYouMean } from '../errors/suggest.ts';

export interface ZodProblem {
  readonly path: Path;
  readonly message: string;
}

/** Zod's issues as sentences that follow a path: `is missing`, `is unknown`, `must be ...`. */
export const zodProblems = (error: z.ZodError, schema: z.ZodType): ZodProblem[] =>
  error.issues.flatMap((issue): ZodProblem[] => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          path: [...path, key],
          message: `is unknown.${didYouMean(key, keysAt(schema, path))}`,
        }));
      case 'invalid_key':
        return issue.issues.map(({ message }) => ({ path, message: `is a name that ${message}` }));
      case 'invalid_value':
        return [
          { path, message: `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}` },
        ];
      case 'invalid_type':
        return [{ path, message: issue.input === undefined ? 'is missing' : issue.message }];
      default:
        return [{ path, message: issue.message }];
    }
  });

/** The keys that an object schema knows at a path; empty where it isn't an object. */
const keysAt = (schema: z.ZodType, path: Path): string[] => {
  let at: unknown = schema;
  for (const key of path) at = inner(at, key);
  return Object.keys(shapeOf(at) ?? {});
};

const unwrapped = (schema: unknown): unknown => {
  let at = schema;
  while (typeof at === 'object' && at !== null && 'unwrap' in at && typeof at.unwrap === 'function') {
    at = (at.unwrap as () => unknown)();
  }
  return at;
};

const shapeOf = (schema: unknown): Record<string, unknown> | undefined => {
  const object = unwrapped(schema);
  return typeof object === 'object' && object !== null && 'shape' in object
    ? (object.shape as Record<string, unknown>)
    : undefined;
};

const inner = (schema: unknown, key: string | number): unknown => {
  const object = unwrapped(schema);
  return (
    shapeOf(object)?.[key] ??
    (typeof object === 'object' && object !== null && 'valueType' in object ? object.valueType : undefined)
  );
};
