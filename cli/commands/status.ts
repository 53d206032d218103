import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OPERATIONS } from '../../etl/feed.ts';
import { feeds } from '../../etl/feeds.ts';
import { wiringOf } from '../../config/wiring.ts';
import { standingStacks } from '../../terraform/states.ts';
import { enterAccount } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import { prepareDeployment } from '../deployment.ts';
import { leftOverOf } from '../left-over.ts';
import type { StackState } from '../left-over.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { latestRuns } from '../run-history.ts';
import type { LatestRun } from '../run-history.ts';
import { tableOf, whole } from '../views/table.ts';

/** `status`: the environment's stacks and the latest run of every stage and day; with `--local` the runs alone. */
export const status = async (
  invocation: Invocation,
  { local }: { readonly local: string | undefined },
): Promise<Outcome> => {
  if (local !== undefined) {
    const runs = await runsBelow(resolve(invocation.cwd, local, 'store'));
    return { document: { local, runs }, text: runsText(runs) };
  }
  const project = await openProject(invocation);
  const { environment } = await enterAccount(project);
  const { stacks, leftOver } = await statesOf(invocation, project, environment);
  const applied = stacks.filter(({ resources }) => resources > 0).map(({ stack }) => stack);
  const runs = await runsOf(project, applied);
  const { name, target, account, region } = project.environment;
  return {
    document: { environment: name, target, account, region, stacks, leftOver, runs },
    text: [
      `Environment ${name}: account ${account}, ${region}, ${target}`,
      '',
      tableOf(
        ['stack', 'state', 'resources'],
        [
          ...stacks.map(({ stack, resources }) => [
            stack,
            resources > 0 ? 'applied' : 'not applied',
            resources,
          ]),
          ...leftOver.map(({ stack, resources }) => [stack, 'not in the configuration', resources]),
        ],
        [2],
      ),
      '',
      runsText(runs),
    ].join('\n'),
  };
};

const statesOf = async (
  { output, signal }: Invocation,
  project: Project,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly stacks: readonly StackState[]; readonly leftOver: readonly StackState[] }> => {
  const { stacks } = await prepareDeployment(project, [], environment, signal);
  return await output.step('States', async () => {
    const standing = await standingStacks(project.environment, project.root, environment);
    return {
      stacks: stacks.map(({ name }) => ({ stack: name, resources: standing.get(name) ?? 0 })),
      leftOver: leftOverOf(standing, stacks),
    };
  });
};

const runsOf = async ({ environment }: Project, applied: readonly string[]): Promise<LatestRun[]> => {
  const { openAwsPlace } = await import('../../etl/runtime/places/aws.ts');
  const runs: LatestRun[] = [];
  for (const feed of feeds.filter(({ name }) => applied.includes(name))) {
    const place = await openAwsPlace(wiringOf(environment, feed), feed);
    try {
      runs.push(...(await latestRuns(place.store, OPERATIONS, feed.name)));
    } finally {
      await place.close();
    }
  }
  return runs;
};

/** The runs that a folder tells of. It is looked at only, so that one that may not be written will do. */
const runsBelow = async (root: string): Promise<LatestRun[]> => {
  if (!existsSync(join(root, OPERATIONS))) return [];
  const { FolderStore } = await import('../../etl/runtime/folder-store.ts');
  const store = FolderStore.reading(root);
  const runs = await Promise.all(feeds.map(({ name }) => latestRuns(store, OPERATIONS, name)));
  return runs.flat();
};

const runsText = (runs: readonly LatestRun[]): string =>
  runs.length === 0
    ? 'No run yet.'
    : tableOf(
        ['feed', 'stage', 'date', 'status', 'units', 'failed', 'rejected', 'ended'],
        runs.map((run) => [
          run.feed,
          run.stage,
          run.date,
          run.incomplete ? `${run.status}, incomplete` : run.status,
          whole(run.units),
          whole(run.unitsFailed),
          whole(run.rowsRejected),
          run.endedAt.slice(0, 16),
        ]),
        [4, 5, 6],
      );
