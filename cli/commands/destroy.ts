import type { Environment } from '../../config/environment.ts';
import { PeachesError, refused } from '../../errors/errors.ts';
import type { SynthesizedStack } from '../../stacks/synthesize.ts';
import type { Counts } from '../../terraform/events.ts';
import type { AccountAccess } from '../../terraform/access.ts';
import { inventoryOf } from '../../terraform/inventory.ts';
import type { FoundResource } from '../../terraform/inventory.ts';
import { enterAccountToWrite } from '../account.ts';
import type { StackResult } from '../applying.ts';
import { resultsText } from '../applying.ts';
import type { Invocation, Outcome } from '../command.ts';
import { emptyHolders, holdersOf } from '../data-holders.ts';
import type { DataHolder } from '../data-holders.ts';
import { prepareDeployment } from '../deployment.ts';
import type { Deployment } from '../deployment.ts';
import { holding } from '../environment-hold.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { applyPlan, planDestroy } from '../planning.ts';
import { tableOf } from '../views/table.ts';

const LEFT_BEHIND = 1;

/** How often a stack's buckets are emptied before what is written to them meanwhile is an error. */
const ATTEMPTS = 5;

/** `destroy`: the last stack first; nothing is touched while a guard stands against it. */
export const destroy = async (
  invocation: Invocation,
  { deleteData }: { readonly deleteData: boolean },
): Promise<Outcome> => {
  const project = await openProject(invocation);
  refuseProtected(project.environment);
  return await holding(invocation, project, 'destroy', () => destroyHeld(invocation, project, deleteData));
};

const destroyHeld = async (
  invocation: Invocation,
  project: Project,
  deleteData: boolean,
): Promise<Outcome> => {
  const { output, signal } = invocation;
  const { environment } = project;
  const { environment: processEnvironment } = await enterAccountToWrite(project);
  const access = { region: environment.region, environment: processEnvironment };
  const deployment = await prepareDeployment(project, [], processEnvironment, signal);
  const before = await inventory(invocation, environment, processEnvironment);
  const holders = await holdersOf(before, access);
  if (!deleteData) refuseLoss(holders);
  else refuseUnlessAllowed(environment, holders);
  output.event(intentText(deployment, before, holders));
  await agree(invocation, environment.name);
  const gone = new Set<string>();
  const results = await destroyAll(
    invocation,
    deployment,
    environment,
    deleteData ? access : undefined,
    gone,
  );
  const after = await inventory(invocation, environment, processEnvironment);
  const left = after.filter(({ arn, name }) => !gone.has(arn) && !gone.has(name));
  const billable = left.filter((resource) => resource.billable);
  return {
    document: { environment: environment.name, stacks: results, left },
    text: [resultsText(results), '', leftText(left)].join('\n'),
    exitCode: billable.length > 0 ? LEFT_BEHIND : 0,
  };
};

/** @throws ENVIRONMENT_PROTECTED */
const refuseProtected = (environment: Environment): void => {
  if (!environment.protected) return;
  throw refused({
    code: 'ENVIRONMENT_PROTECTED',
    message: `Environment ${environment.name} is protected; nothing was changed.`,
    hint: 'To destroy it after all, set "protected" to false in the configuration and deploy that first.',
    details: { environment: environment.name },
  });
};

/** @throws DATA_WOULD_BE_LOST */
const refuseLoss = (holders: readonly DataHolder[]): void => {
  if (holders.length === 0) return;
  throw refused({
    code: 'DATA_WOULD_BE_LOST',
    message: `These hold data, and nothing was changed: ${holders.map(({ name }) => name).join(', ')}.`,
    hint: 'Copy away what you need, then add --delete-data.',
    details: { holders },
  });
};

/** Data goes only when the configuration and the flag both say so. @throws DATA_DELETION_NOT_ALLOWED */
const refuseUnlessAllowed = (environment: Environment, holders: readonly DataHolder[]): void => {
  if (environment.deleteData || holders.length === 0) return;
  throw refused({
    code: 'DATA_DELETION_NOT_ALLOWED',
    message: `Environment ${environment.name} does not allow data to be deleted, and nothing was changed. Data is in: ${holders.map(({ name }) => name).join(', ')}.`,
    hint: 'Set "deleteData" to true for the environment in the configuration, then call again.',
    details: { holders },
  });
};

const agree = async ({ prompt }: Invocation, name: string): Promise<void> => {
  if (prompt.mode === 'defaults') return;
  await prompt.ask({
    message: `Type the environment's name (${name}) to destroy it`,
    flag: '--yes',
    check: (answer) => (answer === name ? undefined : `must be ${name}`),
  });
};

const inventory = ({ output }: Invocation, environment: Environment, processEnvironment: NodeJS.ProcessEnv) =>
  output.step('Inventory', async (step) => {
    const resources = await inventoryOf(environment, processEnvironment);
    step.note(`${resources.length} resources`);
    return resources;
  });

/**
 * @param access given when data is to be deleted too
 * @param gone takes what Terraform has seen go: AWS still shows some of it by its tags for an hour
 */
const destroyAll = async (
  invocation: Invocation,
  deployment: Deployment,
  environment: Environment,
  access: AccountAccess | undefined,
  gone: Set<string>,
): Promise<StackResult[]> => {
  const results: StackResult[] = [];
  for (const stack of deployment.stacks.toReversed()) {
    const started = performance.now();
    const counts = await destroyStack(invocation, deployment, stack, environment, access, gone);
    results.push({
      stack: stack.name,
      result: counts === undefined ? 'unchanged' : 'destroyed',
      ...(counts === undefined ? {} : { counts }),
      seconds: Math.round((performance.now() - started) / 100) / 10,
    });
  }
  return results;
};

/** Buckets are emptied first, and again when something was written in between: access logs come late. */
const destroyStack = async (
  { output, signal }: Invocation,
  deployment: Deployment,
  stack: SynthesizedStack,
  environment: Environment,
  access: AccountAccess | undefined,
  gone: Set<string>,
): Promise<Counts | undefined> => {
  let counts: Counts | undefined;
  for (let attempt = 1; ; attempt++) {
    if (access !== undefined) {
      await output.step(`Empty before ${stack.name}`, async (step) => {
        const found = await inventoryOf(environment, access.environment);
        await emptyHolders(await holdersOf(found, access), access, signal, step);
      });
    }
    const planned = await planDestroy(deployment, stack, output);
    if (planned === undefined) return counts;
    counts ??= planned.counts;
    for (const id of planned.ids) gone.add(id);
    try {
      await applyPlan(deployment, stack, output, `Destroy ${stack.name}`);
      return counts;
    } catch (error) {
      const late = error instanceof PeachesError && error.code === 'NOT_EMPTY';
      if (!late || access === undefined || attempt === ATTEMPTS) throw error;
      output.event(`${error.message} It is emptied again.`);
    }
  }
};

const intentText = (
  deployment: Deployment,
  resources: readonly FoundResource[],
  holders: readonly DataHolder[],
): string =>
  [
    `To be destroyed: ${deployment.stacks
      .toReversed()
      .map(({ name }) => name)
      .join(', ')}; ${resources.length} resources are there now.`,
    ...(holders.length > 0
      ? [`Deleted with all they hold: ${holders.map(({ name }) => name).join(', ')}.`]
      : []),
  ].join('\n');

const leftText = (left: readonly FoundResource[]): string => {
  if (left.length === 0) return 'Nothing is left.';
  const costs = left.some(({ billable }) => billable);
  const rows = left.map(({ service, kind, name, billable, goneAt }) => [
    `${service} ${kind}`,
    name,
    goneAt === undefined ? (billable ? 'costs something' : 'costs nothing') : `gone at ${goneAt}`,
  ]);
  return [
    costs ? 'Left behind:' : 'Nothing that costs anything is left. Still there:',
    tableOf(['what', 'name', ''], rows),
  ].join('\n');
};
