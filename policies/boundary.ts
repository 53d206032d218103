import {
  arnOf,
  bucketArn,
  bucketNamePattern,
  clusterName,
  type PlaceScope,
  prefixOf,
} from '../config/names.ts';
import { policyDocument } from './document.ts';
import { PULL_IMAGE, REGISTRY_TOKEN, WRITE_LOG } from './execution.ts';
import { DELIVER_LOGS, TASK_EVENTS, taskEventsRule, TRACE, WATCH_TASKS } from './pipeline.ts';
import { PASS_ROLE, RUN_TASK } from './run-task.ts';
import { SEND_MESSAGE, START_PIPELINE } from './schedule.ts';
import { LIST_OBJECTS, READ_OBJECTS, READ_SECRET, USE_DATA_KEY, WRITE_OBJECTS } from './stage.ts';

/** What the environment's feeds reach outside it. */
export interface Outside {
  readonly roleArns: readonly string[];
  /** Buckets of others that we read under our own roles. */
  readonly buckets: readonly string[];
}

/**
 * The most that any role of the environment can ever do, whatever its own policy comes to say: touch
 * the environment's own resources and the feeds' declared sources. It holds no way to change
 * permissions.
 */
export const boundaryPolicy = (env: PlaceScope, keyArns: readonly string[], outside: Outside): string => {
  const ours = bucketArn(env, bucketNamePattern(env));
  const theirs = outside.buckets.map((bucket) => bucketArn(env, bucket));
  const prefix = prefixOf(env);
  return policyDocument(
    { Sid: 'ListObjects', Effect: 'Allow', Action: LIST_OBJECTS, Resource: [ours, ...theirs] },
    {
      Sid: 'ReadObjects',
      Effect: 'Allow',
      Action: READ_OBJECTS,
      Resource: [ours, ...theirs].map((bucket) => `${bucket}/*`),
    },
    { Sid: 'WriteObjects', Effect: 'Allow', Action: WRITE_OBJECTS, Resource: [`${ours}/*`] },
    {
      Sid: 'ReadSecrets',
      Effect: 'Allow',
      Action: READ_SECRET,
      Resource: arnOf(env, 'secretsmanager', `secret:${prefix}/*`),
    },
    { Sid: 'EnterOutside', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: outside.roleArns },
    { Sid: 'UseKeys', Effect: 'Allow', Action: USE_DATA_KEY, Resource: keyArns },
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: [...WRITE_LOG, 'logs:DescribeLogStreams'],
      Resource: arnOf(env, 'logs', `log-group:/${prefix}/*`),
    },
    {
      Sid: 'PullImages',
      Effect: 'Allow',
      Action: PULL_IMAGE,
      Resource: arnOf(env, 'ecr', `repository/${prefix}/*`),
    },
    {
      Sid: 'RunTasks',
      Effect: 'Allow',
      Action: [...RUN_TASK, ...WATCH_TASKS],
      Resource: [
        arnOf(env, 'ecs', `task-definition/${prefix}-*`),
        arnOf(env, 'ecs', `task/${clusterName(env)}/*`),
      ],
    },
    {
      Sid: 'PassTaskRoles',
      Effect: 'Allow',
      Action: PASS_ROLE,
      Resource: arnOf(env, 'iam', `role/${prefix}-*`),
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
    { Sid: 'HearOfTasks', Effect: 'Allow', Action: TASK_EVENTS, Resource: taskEventsRule(env) },
    {
      Sid: 'StartPipelines',
      Effect: 'Allow',
      Action: START_PIPELINE,
      Resource: arnOf(env, 'states', `stateMachine:${prefix}-*`),
    },
    {
      Sid: 'KeepDeadLetters',
      Effect: 'Allow',
      Action: SEND_MESSAGE,
      Resource: arnOf(env, 'sqs', `${prefix}-*`),
    },
    {
      Sid: 'KnowNoResource',
      Effect: 'Allow',
      Action: [...REGISTRY_TOKEN, ...DELIVER_LOGS, ...TRACE],
      Resource: '*',
    },
  );
};
