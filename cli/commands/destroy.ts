import type { Environment } from '../../config/environment.ts';
import { refused, usageError } from '../../errors/errors.ts';
import { inventoryOf } from '../../terraform/inventory.ts';
import { standingStacks } from '../../terraform/states.ts';
import { enterAccountToWrite } from '../account.ts';
import { resultsText } from '../applying.ts';
import type { Invocation, Outcome } from '../command.ts';
import { prepareDeployment, selectStacks } from '../deployment.ts';
import type { Deployment } from '../deployment.ts';
import { destroyStacks, keptOf, survey } from '../destroying.ts';
import type { Survey } from '../destroying.ts';
import { holding } from '../environment-hold.ts';
import { leftOverOf, withLeftOver } from '../left-over.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { takeBack } from '../recovering.ts';
import { intentText, keptText, leftText } from '../views/destroy.ts';

const LEFT_BEHIND = 1;

/**
 * `destroy`: the last stack first. What holds data stays, with its key and all that protects it, unless the
 * configuration and the flag both say that it may go.
 * @param names stacks; none: all, also those that the configuration has no more
 */
export const destroy = async (
  invocation: Invocation,
  { deleteData }: { readonly deleteData: boolean },
  names: readonly string[],
): Promise<Outcome> => {
  const project = await openProject(invocation);
  refuseProtected(project.environment);
  return await holding(invocation, project, 'destroy', () =>
    destroyHeld(invocation, project, names, deleteData),
  );
};

const destroyHeld = async (
  invocation: Invocation,
  project: Project,
  names: readonly string[],
  deleteData: boolean,
): Promise<Outcome> => {
  const { output, signal } = invocation;
  const { environment } = project;
  const { environment: processEnvironment } = await enterAccountToWrite(project);
  if (deleteData) refuseUnlessAllowed(environment);
  const all = await prepareDeployment(project, [], processEnvironment, signal);
  const deployment = await chosen(project, all, names);
  const extent = { deleteData, whole: names.length === 0 };
  for (const stack of deployment.stacks) {
    await deployment.terraform(stack, () => undefined).init();
    await takeBack(invocation, deployment, stack);
  }
  const before = await survey(deployment, output, extent);
  const going = deployment.stacks.map(({ name }) => name);
  output.event(intentText(going.toReversed(), before.found, before.holders, deleteData));
  await agree(invocation, environment.name);
  const { results, last, gone } = await destroyStacks(invocation, deployment, before, extent);
  const kept = deleteData ? NOTHING_KEPT : keptIn(last);
  const asked = new Set(before.found.map(({ arn }) => arn));
  const left = (await inventoryOf(environment, processEnvironment)).filter(
    ({ arn, name }) =>
      (extent.whole || asked.has(arn)) && !gone.has(arn) && !gone.has(name) && !kept.arns.has(arn),
  );
  return {
    document: {
      environment: environment.name,
      stacks: results,
      kept: kept.holders,
      keptResources: kept.addresses,
      left,
    },
    text: [
      resultsText(results),
      keptText(environment, kept.holders, kept.addresses.length, names),
      leftText(left, kept.holders.length > 0),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
    exitCode: left.some(({ billable }) => billable) ? LEFT_BEHIND : 0,
  };
};

/** @throws UNKNOWN_STACK, STACK_NEEDED */
const chosen = async (
  project: Project,
  configured: Deployment,
  names: readonly string[],
): Promise<Deployment> => {
  const standing = await standingStacks(configured.environment, project.root, configured.access);
  const all = await withLeftOver(project, configured, leftOverOf(standing, configured.stacks));
  const needing = all.stacks.filter(
    ({ name, dependsOn }) =>
      names.length > 0 &&
      !names.includes(name) &&
      standing.has(name) &&
      dependsOn.some((upstream) => names.includes(upstream)),
  );
  if (needing.length === 0) return { ...all, stacks: selectStacks(all.stacks, names) };
  const others = needing.map(({ name }) => name);
  throw usageError({
    code: 'STACK_NEEDED',
    message: `${names.join(', ')} can't go alone: needed by ${others.join(', ')}. Nothing was changed.`,
    hint: `Name them too: \`peaches destroy ${[...names, ...others].join(' ')}\`, or call without names to destroy all.`,
    details: { stacks: names, neededBy: others },
  });
};

interface Kept {
  readonly holders: Survey['holders'];
  /** Stack and address of all that stays. */
  readonly addresses: readonly { readonly stack: string; readonly address: string }[];
  readonly arns: ReadonlySet<unknown>;
}

const NOTHING_KEPT: Kept = { holders: [], addresses: [], arns: new Set() };

const keptIn = (last: Survey): Kept => {
  const kept = [...keptOf(last)].flatMap(([stack, addresses]) =>
    (last.stacks.get(stack) ?? []).flatMap((resource) =>
      addresses.has(resource.address) ? [{ stack, resource }] : [],
    ),
  );
  const arns = new Set(kept.map(({ resource }) => resource.attributes['arn']));
  return {
    holders: last.holders,
    addresses: kept.map(({ stack, resource }) => ({ stack, address: resource.address })),
    arns,
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

/** Data goes only when the configuration and the flag both say so. @throws DATA_DELETION_NOT_ALLOWED */
const refuseUnlessAllowed = ({ name, deleteData }: Environment): void => {
  if (deleteData === true) return;
  throw refused({
    code: 'DATA_DELETION_NOT_ALLOWED',
    message: `Environment ${name} does not allow data to be deleted, and nothing was changed.`,
    hint: 'Set "deleteData" to true for the environment in the configuration, then call again; without --delete-data, what holds data is kept.',
    details: { environment: name },
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
