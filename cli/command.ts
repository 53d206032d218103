import type { Flags, Given } from './flags.ts';
import type { Output } from './output.ts';
import type { Prompt } from './prompt.ts';

/** Standard input: a terminal, or something to be read. */
export type Stdin = AsyncIterable<unknown> & { readonly isTTY?: boolean };

/** What the process around a command offers; tests give their own. */
export interface Surroundings {
  readonly output: Output;
  readonly prompt: Prompt;
  /** What was given instead of a person's answers; asked for only where it is used. */
  readonly stdin: Stdin;
  /** Aborted by the first interrupt: what runs is finished or given up in order. */
  readonly signal: AbortSignal;
  readonly cwd: string;
}

/** Flags that every command knows, as given. */
export interface GlobalFlags {
  readonly config: string;
  readonly env: string | undefined;
  readonly target: 'aws' | 'sandbox' | undefined;
  readonly yes: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

export type Invocation = Surroundings & GlobalFlags;

/** What a command leaves behind: a document for `--json`, the same as text for people. */
export interface Outcome {
  readonly document: unknown;
  readonly text: string;
  /** Absent: 0. */
  readonly exitCode?: number;
}

export interface Argument {
  readonly name: string;
  readonly about: string;
  readonly optional?: true;
  /** Takes all that follow. */
  readonly many?: true;
}

export type Handler<F extends Flags> = (
  invocation: Invocation,
  flags: Given<F>,
  ...args: never[]
) => Promise<Outcome>;

/** A command is data; its code is loaded when it is called. */
export interface Command<F extends Flags = Flags> {
  /** One word, or group and verb: `sandbox start`. */
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  readonly flags: F;
  /** What follows `peaches`, each valid as it stands. */
  readonly examples: readonly string[];
  readonly load: () => Promise<Handler<F>>;
}

/** Checks that the code takes what the flags give. */
export const command = <const F extends Flags>(data: Command<F>): Command => data as unknown as Command;
