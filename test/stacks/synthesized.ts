import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { synthesize, type SynthesizeOptions, type SynthesizedStack } from '../../stacks/synthesize.ts';
import { toy } from './toy-feed.ts';

/** A resource as Terraform reads it. */
export type Attributes = Readonly<Record<string, unknown>>;

/** The JSON of one stack, looked at by type and name. */
export interface Synthesized {
  readonly text: string;
  readonly terraform: Attributes & {
    readonly backend: Readonly<Record<string, Attributes>>;
    readonly required_providers: { readonly aws: Attributes };
  };
  readonly provider: { readonly aws: readonly Attributes[] };
  readonly resource: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
  readonly output: Readonly<Record<string, Attributes>>;
}

export interface SynthesizedEnvironment {
  readonly stacks: readonly SynthesizedStack[];
  readonly foundation: Synthesized;
  readonly toy: Synthesized;
}

/** Synthesizes into a temporary folder and reads back what was written. */
export const synthesized = async (
  env: Environment,
  options: Omit<SynthesizeOptions, 'outdir'> = {},
): Promise<SynthesizedEnvironment> => {
  const outdir = await mkdtemp(join(tmpdir(), 'synthesized-'));
  try {
    const stacks = await synthesize(env, { feeds: [toy], ...options, outdir });
    const read = async (name: string): Promise<Synthesized> => {
      const stack = stacks.find((one) => one.name === name);
      const text = await readFile(join(stack?.folder ?? name, 'cdk.tf.json'), 'utf8');
      return { ...(JSON.parse(text) as Omit<Synthesized, 'text'>), text };
    };
    return { stacks, foundation: await read('foundation'), toy: await read('toy') };
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
};

/** All resources of a type, by name. */
export const ofType = (stack: Synthesized, type: string): Readonly<Record<string, Attributes>> =>
  stack.resource[type] ?? {};

/** Every resource of the stack, by address. */
export const everyResource = (stack: Synthesized): (readonly [address: string, Attributes])[] =>
  Object.entries(stack.resource).flatMap(([type, named]) =>
    Object.entries(named).map(([name, attributes]) => [`${type}.${name}`, attributes] as const),
  );

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** The statements of a policy that is JSON inside a string. */
export const statementsOf = (policy: unknown): readonly PolicyStatement[] =>
  (JSON.parse(policy as string) as { Statement: readonly PolicyStatement[] }).Statement;

export const listOf = (values: string | readonly string[] | undefined): readonly string[] =>
  values === undefined ? [] : typeof values === 'string' ? [values] : values;
