import { boundaryArn } from '../config/names.ts';
import { failed, PeachesError } from '../errors/errors.ts';
import type { SynthesizedStack } from '../stacks/synthesize.ts';
import type { Counts } from '../terraform/events.ts';
import { inventoryOf } from '../terraform/inventory.ts';
import type { FoundResource } from '../terraform/inventory.ts';
import { keptWith } from '../terraform/kept.ts';
import type { StackResources } from '../terraform/kept.ts';
import { resourcesOf } from '../terraform/state.ts';
import type { StateResource } from '../terraform/state.ts';
import type { StackResult } from './applying.ts';
import type { Invocation } from './command.ts';
import { emptyHolders, holdersOf } from './data-holders.ts';
import type { FilledHolder } from './data-holders.ts';
import type { Deployment } from './deployment.ts';
import type { Output } from './output.ts';
import { applyPlan } from './planning.ts';
import { countsText, eventLine } from './views/plan.ts';

/** How often a stack is tried, when something is written to a bucket after it was found empty. */
const ATTEMPTS = 5;

/** What an environment has, and what of it holds data. */
export interface Survey {
  readonly found: readonly FoundResource[];
  readonly stacks: StackResources;
  readonly holders: readonly FilledHolder[];
}

const accessOf = ({ environment, access }: Deployment) => ({
  region: environment.region,
  environment: access,
});

export interface Extent {
  /** Else what holds data stays, with all that it needs. */
  readonly deleteData: boolean;
  /** All that carries the environment's tags, whoever's state knows it; else what the stacks' own states know. */
  readonly whole: boolean;
}

/** Looks at the account and at the states of the stacks, which are initialized. */
export const survey = async (
  deployment: Deployment,
  output: Output,
  { whole }: Pick<Extent, 'whole'>,
): Promise<Survey> =>
  await output.step('Inventory', async (step) => {
    const stacks = new Map(
      await Promise.all(
        deployment.stacks.map(async (stack) => {
          const terraform = deployment.terraform(stack, () => undefined);
          return [stack.name, resourcesOf(await terraform.pullState())] as const;
        }),
      ),
    );
    const known = new Set([...stacks.values()].flat().map(({ attributes }) => attributes['arn']));
    const found = (await inventoryOf(deployment.environment, deployment.access)).filter(
      ({ arn }) => whole || known.has(arn),
    );
    step.note(`${found.length} resources`);
    return { found, stacks, holders: await holdersOf(found, stacks, accessOf(deployment)) };
  });

/** What stays, by stack. */
export const keptOf = ({ stacks, holders }: Survey): ReturnType<typeof keptWith> => keptWith(stacks, holders);

export interface Destruction {
  readonly results: readonly StackResult[];
  /** As it was when the last stack was worked on. */
  readonly last: Survey;
  /** ARNs and ids of what Terraform has seen go: AWS still shows some of it by its tags for an hour. */
  readonly gone: ReadonlySet<string>;
}

/**
 * Destroys the stacks, the last one first.
 * @param first what was found before
 */
export const destroyStacks = async (
  invocation: Invocation,
  deployment: Deployment,
  first: Survey,
  { deleteData, whole }: Extent,
): Promise<Destruction> => {
  const results: StackResult[] = [];
  const gone = new Set<string>();
  let last = first;
  for (const stack of deployment.stacks.toReversed()) {
    const started = performance.now();
    let counts: Counts | undefined;
    for (let attempt = 1; ; attempt++) {
      if (deleteData || attempt > 1) last = await survey(deployment, invocation.output, { whole });
      if (deleteData) await empty(invocation, deployment, stack, last);
      const kept = deleteData ? new Set<string>() : (keptOf(last).get(stack.name) ?? new Set<string>());
      const planned = await planDestroy(deployment, stack, invocation.output, kept);
      if (planned === undefined) break;
      counts ??= planned.counts;
      for (const id of planned.ids) gone.add(id);
      const end = await destroyed(invocation.output, deployment, stack, attempt === ATTEMPTS, kept);
      if (end === 'boundary left') gone.delete(boundaryArn(deployment.environment));
      if (end !== 'once more') break;
    }
    results.push({
      stack: stack.name,
      result: counts === undefined ? 'unchanged' : 'destroyed',
      ...(counts === undefined ? {} : { counts }),
      seconds: Math.round((performance.now() - started) / 100) / 10,
    });
  }
  return { results, last, gone };
};

const empty = async (
  { output, signal }: Invocation,
  deployment: Deployment,
  stack: SynthesizedStack,
  { holders }: Survey,
): Promise<void> => {
  if (holders.length === 0) return;
  await output.step(`Empty before ${stack.name}`, async (step) => {
    await emptyHolders(holders, accessOf(deployment), signal, step);
  });
};

/**
 * @returns `once more` when something was written meanwhile to what was empty, since access logs come late;
 * `boundary left` when all else is gone: who deploys may not remove what bounds the roles
 */
const destroyed = async (
  output: Output,
  deployment: Deployment,
  stack: SynthesizedStack,
  lastAttempt: boolean,
  kept: ReadonlySet<string>,
): Promise<'gone' | 'once more' | 'boundary left'> => {
  try {
    await applyPlan(deployment, stack, output, `Destroy ${stack.name}`);
    return 'gone';
  } catch (error) {
    if (!(error instanceof PeachesError)) throw error;
    const boundary = boundaryArn(deployment.environment);
    const left = error.code === 'ACCESS_DENIED' ? await leftIn(deployment, stack, kept) : [];
    const others = left.filter(({ attributes }) => attributes['arn'] !== boundary);
    if (left.length === 1 && others.length === 0) {
      output.event(`The permissions boundary stays, which the caller may not remove: ${boundary}`);
      return 'boundary left';
    }
    const late =
      error.code === 'NOT_EMPTY' ||
      (left.length > others.length && others.every(({ type }) => type === 'aws_s3_bucket'));
    if (!late || lastAttempt) throw error;
    output.event(`${error.message} It is looked at again.`);
    return 'once more';
  }
};

/** What should have gone and is still there. */
const leftIn = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  kept: ReadonlySet<string>,
): Promise<readonly StateResource[]> => {
  const state = await deployment.terraform(stack, () => undefined).pullState();
  return resourcesOf(state).filter(({ address }) => !kept.has(address));
};

interface PlannedDestruction {
  readonly counts: Counts;
  /** ARNs and ids of what will be gone. A key only begins its waiting time and is not among them. */
  readonly ids: readonly string[];
}

/**
 * @returns what would go; undefined when nothing is there that may
 * @throws KEPT_WOULD_GO
 */
const planDestroy = async (
  deployment: Deployment,
  stack: SynthesizedStack,
  output: Output,
  kept: ReadonlySet<string>,
): Promise<PlannedDestruction | undefined> =>
  await output.step(`Plan to destroy ${stack.name}`, async (step) => {
    const out = deployment.planFile(stack);
    const terraform = deployment.terraform(stack, (event) => {
      const line = eventLine(event);
      if (line !== undefined) step.note(line);
    });
    const there = (await terraform.stateList()).filter((address) => !address.startsWith('data.'));
    const going = there.filter((address) => !kept.has(address));
    if (kept.size > 0) step.note(`${there.length - going.length} resources are kept`);
    if (going.length === 0) return undefined;
    const plan = await terraform.plan({ out, destroy: true, targets: kept.size === 0 ? [] : going });
    const wrong = plan.destructive.filter(({ address }) => kept.has(address));
    if (wrong.length > 0) throw keptWouldGo(stack.name, wrong);
    step.note(countsText(plan.counts));
    if (!plan.hasChanges) return undefined;
    const { changes } = await terraform.show(out);
    const ids = changes
      .filter(({ type }) => type !== 'aws_kms_key')
      .flatMap(({ attributes }) => attributes)
      .flatMap(({ name, before }) =>
        (name === 'id' || name === 'arn') && typeof before === 'string' ? [before] : [],
      );
    return { counts: plan.counts, ids };
  });

const keptWouldGo = (stack: string, wrong: readonly { readonly address: string }[]): PeachesError => {
  const addresses = wrong.map(({ address }) => address);
  return failed({
    code: 'KEPT_WOULD_GO',
    message: `Without ${addresses.join(', ')} the rest of ${stack} can't be destroyed, and nothing of it was.`,
    hint: 'Copy the data away, then destroy it as well: --delete-data.',
    details: { stack, addresses },
  });
};
