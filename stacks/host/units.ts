import { usageError } from '../../errors/errors.ts';
import type { FeedDeclaration, Trigger } from '../../etl/feed.ts';
import { findStage } from '../../etl/find-stage.ts';
import type { Environment } from '../../config/environment.ts';
import { logGroupName } from '../../config/names.ts';
import { wiringOf } from '../../config/wiring.ts';
import { canonicalJson } from '../canonical-json.ts';
import { timerLines } from '../on-calendar.ts';
import { stagesFrom, type PipelinePlan } from '../pipeline-plan.ts';
import { stageRoleArn } from '../stage-roles.ts';

/** Stages that one timer starts, one after the other. */
interface Run {
  /** `peaches-run-<feed>` of a pipeline, `peaches-run-<feed>.<stage>` of a lone stage. */
  readonly name: string;
  readonly description: string;
  readonly trigger: Trigger;
  readonly stages: readonly string[];
}

const runsOf = (feed: string, { pipeline, lone }: PipelinePlan): readonly Run[] => [
  ...(pipeline === undefined
    ? []
    : [
        {
          name: `peaches-run-${feed}`,
          description: `Stages of ${feed} after each other`,
          trigger: pipeline.trigger,
          stages: stagesFrom(pipeline.first),
        },
      ]),
  ...lone.map(({ stage, trigger }) => ({
    name: `peaches-run-${feed}.${stage}`,
    description: `Stage ${feed}.${stage}`,
    trigger,
    stages: [stage],
  })),
];

/**
 * The services and timers of a feed, by file name. A service names the image, so a new image changes
 * the services and nothing else.
 * @param image what the container runtime pulls
 * @throws TRIGGER_NOT_FOR_HOST
 */
export const hostUnits = (
  env: Environment,
  feed: FeedDeclaration,
  plan: PipelinePlan,
  image: string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    runsOf(feed.name, plan).flatMap((run) => [
      [`${run.name}.service`, service(env, feed, run, image)],
      [`${run.name}.timer`, timer(feed.name, run)],
    ]),
  );

const service = (env: Environment, feed: FeedDeclaration, run: Run, image: string): string =>
  [
    '[Unit]',
    `Description=${run.description}`,
    'Requires=docker.service',
    'Wants=network-online.target',
    'After=docker.service network-online.target',
    '',
    '[Service]',
    'Type=oneshot',
    ...Object.entries({
      AWS_REGION: env.region,
      DOCKER_CONFIG: '/etc/peaches/docker',
      AWS_ECR_DISABLE_CACHE: 'true',
      PEACHES_IMAGE: image,
      PEACHES_WIRING: canonicalJson(wiringOf(env, feed)),
    }).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    `RuntimeDirectory=${run.name}`,
    'RuntimeDirectoryMode=0700',
    'TimeoutStartSec=infinity',
    'TimeoutStopSec=60',
    ...run.stages.map((stage) => `ExecStart=${runStage(env, feed, stage)}`),
    '',
  ].join('\n');

const runStage = (env: Environment, feed: FeedDeclaration, stage: string): string => {
  const { memoryMiB, vcpu, timeoutMinutes } = findStage(feed, stage);
  return [
    '/usr/local/lib/peaches/run-stage',
    feed.name,
    stage,
    stageRoleArn(env, feed.name, stage),
    logGroupName(env, feed.name, stage),
    memoryMiB,
    vcpu,
    timeoutMinutes,
  ].join(' ');
};

const timer = (feed: string, run: Run): string =>
  [
    '[Unit]',
    `Description=${run.description}, when due`,
    '',
    '[Timer]',
    ...timesOf(feed, run.trigger),
    'AccuracySec=1s',
    '',
  ].join('\n');

const timesOf = (feed: string, trigger: Trigger): readonly string[] => {
  try {
    return timerLines(trigger);
  } catch (error) {
    throw usageError({
      code: 'TRIGGER_NOT_FOR_HOST',
      message: `A trigger of the feed ${feed} can't be a timer of systemd: ${(error as Error).message}.`,
      hint: `Write it otherwise in etl/${feed}/feed.ts, or set "compute" to "ecs".`,
      details: { feed, trigger },
      cause: error,
    });
  }
};

/** A value as systemd reads it back; `%` would begin a specifier. */
const quoted = (value: string): string => `"${value.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
