import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
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
import { environmentBusy, otherHolder } from './holder.ts';
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

/**
 * Writes the Terraform JSON of every stack of the environment, by default to `cdktf.out`. While another process works
 * on the environment, its Terraform reads these files: they are then used as they are, if they are what would be written.
 * @throws ENVIRONMENT_BUSY when they are not
 */
export const synthesizeProject = async (
  project: Project,
  options: Partial<Pick<SynthesizeOptions, 'outdir' | 'leftOver'>> = {},
): Promise<readonly SynthesizedStack[]> => {
  const { root, environment } = project;
  const { synthesize } = await import('../stacks/synthesize.ts');
  const { outdir = synthFolder(root), leftOver = [] } = options;
  const pins = await readPins(root, environment.name);
  const holder = outdir === synthFolder(root) ? await otherHolder(project) : undefined;
  if (holder === undefined) return synthesize(environment, { outdir, pins, leftOver });
  const draft = await mkdtemp(join(environmentFolder(root, environment.name), 'synth-'));
  try {
    const stacks = await synthesize(environment, { outdir: draft, pins, leftOver });
    return await Promise.all(
      stacks.map(async (stack) => {
        const folder = join(outdir, relative(draft, stack.folder));
        const [drafted, standing] = await Promise.all([stack.folder, folder].map(terraformJson));
        if (drafted !== standing) throw environmentBusy(project, holder);
        return { ...stack, folder };
      }),
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

const terraformJson = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, 'cdk.tf.json'), 'utf8').catch(() => undefined);

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
