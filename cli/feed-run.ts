import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkFeedParams } from '../config/feeds.ts';
import { withTexts } from '../config/text-files.ts';
import { wiringOf } from '../config/wiring.ts';
import type { Environment } from '../config/environment.ts';
import { usageError } from '../errors/errors.ts';
import type { FeedDeclaration } from '../etl/feed.ts';
import { findFeed } from '../etl/feeds.ts';
import { findStage } from '../etl/find-stage.ts';
import type { Place, RunReport } from '../etl/runtime/run.ts';
import { enterAccountToWrite } from './account.ts';
import { parseSettings, valuesOf } from './answers.ts';
import type { Invocation, Outcome } from './command.ts';
import { loggerTo } from './logger.ts';
import type { Style } from './output.ts';
import { openProject } from './project.ts';
import type { StageContainers } from './stage-containers.ts';
import { workerVersion } from './version.ts';
import { runText, stageLine } from './views/run.ts';

export interface RunFlags {
  readonly local: string | undefined;
  readonly set: readonly string[];
}

/** A place held open for the runs of one feed. */
export interface RunSession {
  runDay(date: string): Promise<RunReport>;
  close(): Promise<void>;
}

/** @throws UNKNOWN_FEED, UNKNOWN_STAGE, FEED_NOT_SELECTED, PARAMS_INVALID and what opening a place throws */
export const openRun = async (
  invocation: Invocation,
  flags: RunFlags,
  feedName: string,
  stage: string | undefined,
): Promise<RunSession> => {
  const feed = findFeed(feedName);
  if (stage !== undefined) findStage(feed, stage);
  const settings = settingsOf(feed, flags.set, invocation.cwd);
  const { place, params, containers } =
    flags.local === undefined
      ? await openEnvironment(invocation, feed, settings)
      : await openFolder(invocation, feed, settings, flags.local);
  const title = (date: string): string =>
    `${stage === undefined ? feed.name : `${feed.name}.${stage}`} ${date}`;
  if (containers !== undefined) {
    const stages = stage === undefined ? Object.keys(feed.stages) : [stage];
    return {
      runDay: (date) => invocation.output.step(title(date), (step) => containers.run(stages, date, step)),
      close: () => place.close(),
    };
  }
  const { runFeed } = await import('../etl/runtime/runner.ts');
  const version = await workerVersion();
  const { output, signal } = invocation;
  return {
    runDay: (date) =>
      output.step(title(date), (step) =>
        runFeed({
          feed,
          ...(stage === undefined ? {} : { stage }),
          date,
          params,
          place,
          log: loggerTo(output),
          signal,
          version,
          onStage: (event) =>
            step.note(event.report === undefined ? `${event.stage} ...` : stageLine(event.report)),
        }),
      ),
    close: () => place.close(),
  };
};

/** Values of `--set` for a feed; files that they name lead from the folder of the call. @throws SET_INVALID */
const settingsOf = (
  feed: FeedDeclaration,
  flags: readonly string[],
  cwd: string,
): Readonly<Record<string, unknown>> =>
  withTexts(feed, valuesOf(feed, parseSettings(flags)[feed.name]), cwd, (parameter, message) => {
    throw usageError({
      code: 'SET_INVALID',
      message: `--set ${feed.name}.${parameter} ${message}.`,
      hint: 'Name a file that can be read.',
      details: { feed: feed.name, parameter },
    });
  });

interface Opened {
  readonly place: Place;
  readonly params: unknown;
  /** Present where the stages run as containers. */
  readonly containers?: StageContainers;
}

const openFolder = async (
  invocation: Invocation,
  feed: FeedDeclaration,
  settings: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<Opened> => {
  const configured = existsSync(resolve(invocation.cwd, invocation.config));
  const params = configured
    ? paramsIn((await openProject(invocation)).environment, feed, settings)
    : checkFeedParams(feed, settings);
  const { openLocalPlace } = await import('../etl/runtime/places/local.ts');
  return { place: await openLocalPlace(resolve(invocation.cwd, folder), feed), params };
};

const openEnvironment = async (
  invocation: Invocation,
  feed: FeedDeclaration,
  settings: Readonly<Record<string, unknown>>,
): Promise<Opened> => {
  const project = await openProject(invocation);
  const { environment } = project;
  const params = paramsIn(environment, feed, settings);
  const { endpoint, environment: endpointEnvironment } = await enterAccountToWrite(project);
  const { openAwsPlace } = await import('../etl/runtime/places/aws.ts');
  const place = await openAwsPlace(wiringOf(environment, feed), feed);
  if (endpoint === undefined) return { place, params };
  const { seedExternal } = await import('../sandbox/external.ts');
  await seedExternal({ endpoint, account: environment.account, region: environment.region }, feed, params);
  const { StageContainers, engineForStages } = await import('./stage-containers.ts');
  const engine = await engineForStages(project, Object.keys(settings).length > 0);
  if (typeof engine === 'string') {
    invocation.output.event(`Stages run in this process: ${engine}`);
    return { place, params };
  }
  const containers = new StageContainers({
    ...{ project, feed, engine, endpoint, endpointEnvironment, place },
    signal: invocation.signal,
  });
  return { place, params, containers };
};

/** Parameters of the environment, over them what `--set` says. @throws FEED_NOT_SELECTED, PARAMS_INVALID */
export const paramsIn = (
  environment: Environment,
  feed: FeedDeclaration,
  settings: Readonly<Record<string, unknown>>,
): unknown => {
  const configured = environment.feeds[feed.name];
  if (configured === undefined && Object.keys(settings).length === 0) {
    throw usageError({
      code: 'FEED_NOT_SELECTED',
      message: `Environment ${environment.name} has no feed ${feed.name}.`,
      hint: `Add "${feed.name}" under "feeds" in the configuration, or give its parameters with --set.`,
      details: { feed: feed.name, environment: environment.name },
    });
  }
  return checkFeedParams(feed, { ...(configured as object | undefined), ...settings });
};

/** One report as it is, several as an array; exit status 1 when a unit of a day failed. */
export const outcomeOf = (reports: readonly RunReport[], style: Style): Outcome => ({
  document: reports.length === 1 ? reports[0] : { runs: reports },
  text: reports.map((report) => runText(report, style)).join('\n\n'),
  exitCode: reports.some(isBad) ? 1 : 0,
});

const isBad = (report: RunReport): boolean =>
  report.incomplete || report.stages.some((stage) => stage.unitsFailed > 0);
