import type { Environment } from '../../config/environment.ts';
import { findFeed } from '../../etl/feeds.ts';
import { parsePlatforms } from '../../images/platform.ts';
import { findTerraform } from '../../terraform/find.ts';
import { ensureStateBucket } from '../../terraform/state-bucket.ts';
import { enterAccountToWrite } from '../account.ts';
import { makeFirstKey, offerRuns, offerSecrets } from '../after-up.ts';
import { applyStacks, resultsText } from '../applying.ts';
import type { StackResult } from '../applying.ts';
import type { Invocation, Outcome } from '../command.ts';
import { prepareDeployment } from '../deployment.ts';
import { holding } from '../environment-hold.ts';
import { outcomeOf, paramsIn } from '../feed-run.ts';
import { tellLeftOver } from '../left-over.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { enforceRules } from '../rule-check.ts';
import { missingSecrets } from '../secret-values.ts';
import { provideWorkerImage } from '../worker-image.ts';

const FOUNDATION = 'foundation';

export interface UpFlags {
  /** Feeds whose stacks are set up now; absent: all of the environment. */
  readonly feeds?: readonly string[] | undefined;
  readonly platform: string | undefined;
  /** Addresses whose data may be lost. */
  readonly allowReplace: readonly string[];
}

/**
 * `up`: checks, state, foundation, images, the remaining stacks; a person is then asked for secrets and offered a
 * first run. Every step looks at what is there first, so
 * that a second call changes nothing and a call after a failure or a kill goes on.
 */
export const up = async (invocation: Invocation, flags: UpFlags): Promise<Outcome> => {
  const { output } = invocation;
  const project = await openProject(invocation);
  for (const feed of flags.feeds ?? []) paramsIn(project.environment, findFeed(feed), {});
  const results: StackResult[] = [];
  try {
    await holding(invocation, project, 'up', async () => {
      await bringUp(invocation, project, flags, results);
      await makeFirstKey(invocation, project.environment);
    });
  } catch (error) {
    if (results.length > 0) output.event(resultsText(results));
    throw error;
  }
  const environment = only(project.environment, flags.feeds);
  if (invocation.prompt.mode === 'ask') {
    await offerSecrets(invocation, environment, await missingSecrets(environment));
  }
  const runs = invocation.prompt.mode === 'ask' ? await offerRuns(invocation, environment) : [];
  const ran = outcomeOf(runs, output.style);
  const secrets = await missingSecrets(environment);
  return {
    document: {
      environment: environment.name,
      target: environment.target,
      stacks: results,
      missingSecrets: secrets,
    },
    text: [resultsText(results), ran.text, nextLines(environment, secrets).join('\n')]
      .filter((part) => part !== '')
      .join('\n\n'),
    exitCode: ran.exitCode ?? 0,
  };
};

/** @param results filled as the stacks are done */
export const bringUp = async (
  invocation: Invocation,
  project: Project,
  { feeds, platform, allowReplace }: UpFlags,
  results: StackResult[],
): Promise<void> => {
  const { output, signal } = invocation;
  const { environment } = project;
  const processEnvironment = await output.step('Checks', async (step) => {
    const { tool, version } = await findTerraform();
    step.note(`${tool} ${version}`);
    const { environment: entered } = await enterAccountToWrite(project);
    step.note(`account ${environment.account}, ${environment.region}, ${environment.target}`);
    return entered;
  });
  if (environment.target === 'aws') {
    await output.step('State bucket', async (step) => {
      step.note(await ensureStateBucket(environment, processEnvironment));
    });
  }
  const foundation = await prepareDeployment(project, [FOUNDATION], processEnvironment, signal);
  await enforceRules(project, output);
  await applyStacks(invocation, foundation, results, allowReplace);
  const platforms = platform === undefined ? undefined : parsePlatforms(platform);
  await provideWorkerImage(invocation, project, processEnvironment, platforms);
  const all = await prepareDeployment(project, [], processEnvironment, signal);
  const isLeftOut = (name: string): boolean =>
    feeds !== undefined && Object.hasOwn(environment.feeds, name) && !feeds.includes(name);
  const rest = all.stacks.filter(({ name }) => name !== FOUNDATION && !isLeftOut(name));
  await applyStacks(invocation, { ...all, stacks: rest }, results, allowReplace);
  await tellLeftOver(output, project, all);
};

/** The environment as if it had these feeds alone. */
const only = (environment: Environment, feeds: readonly string[] | undefined): Environment => ({
  ...environment,
  feeds: Object.fromEntries(
    Object.entries(environment.feeds).filter(([name]) => feeds === undefined || feeds.includes(name)),
  ),
});

const nextLines = (environment: Environment, secrets: readonly string[]): string[] => {
  const flags = environment.target === 'sandbox' ? ' --target sandbox' : '';
  const [feed = 'FEED'] = Object.keys(environment.feeds);
  return [
    'Next:',
    ...secrets.map((secret) => `  peaches secrets set ${secret}${flags}`),
    `  peaches run ${feed} --date YYYY-MM-DD${flags}`,
    `  peaches status${flags}`,
    `  peaches diff${flags}`,
  ];
};
