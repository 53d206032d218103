import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import pRetry from 'p-retry';
import { PeachesError } from '../errors/errors.ts';
import { errorOf } from './diagnostics.ts';
import type { Counts, TerraformEvent } from './events.ts';
import type { TerraformBinary } from './find.ts';
import { countsOf, planResultOf, shownPlanOf, type PlanResult, type ShownPlan } from './plan.ts';
import { refuseUnsaved } from './unsaved-state.ts';
import { print, stream, type ProcessSettings } from './process.ts';

export interface TerraformOptions {
  readonly binary: Pick<TerraformBinary, 'command'>;
  /** The synthesized folder of one stack; its name is the stack's. */
  readonly folder: string;
  /** The whole environment of the children: see `withProviders`. Secrets go in as TF_VAR_*, nowhere else. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where every command leaves its event stream, one file (mode 0600) a command. */
  readonly journalFolder: string;
  readonly onEvent?: (event: TerraformEvent) => void;
  /** Abort asks Terraform once to stop; it finishes what is in flight and saves the state. */
  readonly signal?: AbortSignal;
  /** Longest silence before a command is asked to stop. Default 900. */
  readonly silenceSeconds?: number;
}

export interface PlanOptions {
  /** Where the plan is saved. */
  readonly out: string;
  readonly destroy?: boolean;
  /** Compare state and account only, ignoring the configuration. */
  readonly refreshOnly?: boolean;
  /** Addresses to keep to, with what they need (or, to destroy, what needs them); none: everything. */
  readonly targets?: readonly string[];
}

export interface Output {
  readonly value: unknown;
  readonly sensitive: boolean;
}

/** Terraform on one stack. Every method throws a PeachesError that says what to do. */
export interface Terraform {
  readonly stack: string;
  /**
   * Its warnings, of lock files made on one platform, are not passed on.
   * @param unsaved `kept`: a state that could not be saved waits on, because nothing is going to be changed
   * @throws STATE_UNSAVED
   */
  init(unsaved?: 'kept'): Promise<void>;
  /** A plan that a broken connection ended is made again: it has changed nothing. */
  plan(options: PlanOptions): Promise<PlanResult>;
  show(planFile: string): Promise<ShownPlan>;
  /**
   * Applies exactly that plan; a state that moved on since fails with PLAN_STALE and changes nothing.
   * @throws STATE_UNSAVED when the backend did not take the state at the end
   */
  apply(planFile: string): Promise<Counts>;
  outputs(): Promise<Readonly<Record<string, Output>>>;
  /** Addresses in the state; empty when there is no state yet. */
  stateList(): Promise<readonly string[]>;
  /** The whole state as it is kept; empty text when there is none yet. */
  pullState(): Promise<string>;
  /** Takes resources out of the state and leaves them in the account. */
  forget(addresses: readonly string[]): Promise<void>;
  /** Releases a lock whose holder is dead. @param lockId from the STATE_LOCKED error's details */
  forceUnlock(lockId: string): Promise<void>;
}

const SILENCE_SECONDS = 900;
const COMMON = ['-input=false', '-json'];
const PARALLEL = '-parallelism=30';
/** After the first, with 1 s and 2 s between them. */
const PLANS_AGAIN = 2;

export const terraformFor = (options: TerraformOptions): Terraform => {
  const stack = basename(options.folder);
  const settings: ProcessSettings = {
    stack,
    command: options.binary.command,
    folder: options.folder,
    environment: options.environment,
    journalFolder: options.journalFolder,
    onEvent: options.onEvent ?? (() => undefined),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    silenceSeconds: options.silenceSeconds ?? SILENCE_SECONDS,
  };

  const printed = async (args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await print(settings, args);
    if (exitCode !== 0) throw errorOf(stack, args[0] ?? '', [], stderr || stdout);
    return stdout;
  };

  return {
    stack,

    async init(unsaved) {
      if (unsaved !== 'kept') refuseUnsaved(stack, options.folder, settings.command);
      const onEvent = (event: TerraformEvent): void => {
        if (event.type !== 'diagnostic' || event.diagnostic.severity === 'error') settings.onEvent(event);
      };
      // The same folder serves the sandbox and AWS, each with its own backend; no state moves between them.
      await stream({ ...settings, onEvent }, 'init', [...COMMON, '-reconfigure']);
    },

    async plan({ out, destroy = false, refreshOnly = false, targets = [] }) {
      await mkdir(dirname(out), { recursive: true, mode: 0o700 });
      const mode = [...(destroy ? ['-destroy'] : []), ...(refreshOnly ? ['-refresh-only'] : [])];
      mode.push(...targets.map((address) => `-target=${address}`));
      const args = [...COMMON, '-detailed-exitcode', PARALLEL, ...mode, `-out=${out}`];
      const { exitCode, events } = await pRetry(() => stream(settings, 'plan', args, [0, 2]), {
        retries: PLANS_AGAIN,
        shouldRetry: ({ error }) => error instanceof PeachesError && error.code === 'CONNECTION_BROKEN',
      });
      return planResultOf(stack, out, exitCode, events, refreshOnly ? 'drifted' : 'planned');
    },

    async show(planFile) {
      return shownPlanOf(stack, await printed(['show', '-json', planFile]));
    },

    async apply(planFile) {
      try {
        const { events } = await stream(settings, 'apply', [...COMMON, PARALLEL, planFile]);
        return countsOf(events);
      } catch (error) {
        refuseUnsaved(stack, options.folder, settings.command, error);
        throw error;
      }
    },

    async outputs() {
      const document = JSON.parse(await printed(['output', '-json'])) as Record<
        string,
        { value: unknown; sensitive?: boolean }
      >;
      return Object.fromEntries(
        Object.entries(document).map(([name, { value, sensitive = false }]) => [name, { value, sensitive }]),
      );
    },

    async stateList() {
      const { exitCode, stdout, stderr } = await print(settings, ['state', 'list']);
      if (exitCode !== 0 && /No state file was found/.test(stderr)) return [];
      if (exitCode !== 0) throw errorOf(stack, 'state list', [], stderr || stdout);
      return stdout.split('\n').filter((line) => line !== '');
    },

    pullState: () => printed(['state', 'pull']),

    async forget(addresses) {
      if (addresses.length > 0) await printed(['state', 'rm', ...addresses]);
    },

    async forceUnlock(lockId) {
      await printed(['force-unlock', '-force', lockId]);
    },
  };
};
