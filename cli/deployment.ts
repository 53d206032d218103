import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { environmentFolder, synthFolder, workFolder } from '../config/paths.ts';
import { readPins } from '../config/pins.ts';
import { usageError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import type { SynthesizedStack, SynthesizeOptions } from '../stacks/synthesize.ts';
import type { TerraformEvent } from '../terraform/events.ts';
import { findTerraform } from '../terraform/find.ts';
import type { TerraformBinary } from '../terraform/find.ts';
import { withProviders } from '../terraform/providers.ts';
import { terraformFor } from '../terraform/terraform.ts';
import type { Terraform } from '../terraform/terraform.ts';
import type { Project } from './project.ts';

/** The stacks of an environment, synthesized, with Terraform ready to work on each. */
export interface Deployment {
  /** In the order in which they are applied. */
  readonly stacks: readonly SynthesizedStack[];
  terraform(stack: SynthesizedStack, onEvent: (event: TerraformEvent) => void): Terraform;
  readonly environment: Environment;
  /** Endpoint and credentials, as for Terraform. */
  readonly access: NodeJS.ProcessEnv;
  readonly journalFolder: string;
  /** Where copies of the state are kept before it is changed. */
  readonly copiesFolder: string;
  /** Where the stack's plan is saved. */
  planFile(stack: SynthesizedStack): string;
}

/** Where every Terraform of the environment leaves its event stream. */
export const journalFolder = ({ root, environment }: Pick<Project, 'root' | 'environment'>): string =>
  join(environmentFolder(root, environment.name), 'journal');

/** Writes the Terraform JSON of every stack of the environment, by default to `cdktf.out`. */
export const synthesizeProject = async (
  { root, environment }: Project,
  { outdir = synthFolder(root), leftOver = [] }: Partial<Pick<SynthesizeOptions, 'outdir' | 'leftOver'>> = {},
): Promise<readonly SynthesizedStack[]> => {
  const { synthesize } = await import('../stacks/synthesize.ts');
  return synthesize(environment, { outdir, pins: await readPins(root, environment.name), leftOver });
};

/**
 * @param names stacks to keep; none: all
 * @param environment of the Terraform processes, from `enterAccount`
 * @throws TERRAFORM_MISSING, TERRAFORM_TOO_OLD, UNKNOWN_STACK
 */
export const prepareDeployment = async (
  project: Project,
  names: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Deployment> => {
  const { root } = project;
  const binary: TerraformBinary = await findTerraform(environment);
  const children = await withProviders({ binary, environment, folder: workFolder(root) });
  const all = await synthesizeProject(project);
  const folder = environmentFolder(root, project.environment.name);
  const journal = journalFolder(project);
  return {
    environment: project.environment,
    access: environment,
    journalFolder: journal,
    copiesFolder: join(folder, 'state-copies'),
    stacks: selectStacks(all, names),
    terraform: (stack, onEvent) =>
      terraformFor({
        binary,
        folder: stack.folder,
        environment: children,
        journalFolder: journal,
        onEvent,
        signal,
      }),
    planFile: (stack) => join(folder, 'plans', `${stack.name}-${process.pid}.tfplan`),
  };
};

/** @throws UNKNOWN_STACK */
export const selectStacks = (
  all: readonly SynthesizedStack[],
  names: readonly string[],
): readonly SynthesizedStack[] => {
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw usageError({
      code: 'UNKNOWN_STACK',
      message: `There is no stack ${unknown}.${didYouMean(unknown, known)}`,
      hint: `Stacks: ${known.join(', ')}.`,
      details: { stack: unknown, stacks: known },
    });
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
};
