import type { Environment } from '../config/environment.ts';
import {
  arnOf,
  bucketArn,
  bucketNamePattern,
  clusterName,
  type PlaceScope,
  prefixOf,
} from '../config/names.ts';
import { SEND_MESSAGE } from './dead-letters.ts';
import { policyDocument, type Statement } from './document.ts';
import { tagged } from './grants/grant.ts';
import { PULL_IMAGE, REGISTRY_TOKEN, WRITE_LOG } from './execution.ts';
import { ENTER_ROLE, SESSIONS } from './host.ts';
import { deliveryBoundary } from './log-delivery.ts';
import { DELIVER_LOGS, TASK_EVENTS, taskEventsRule, TRACE, WATCH_TASKS } from './pipeline.ts';
import { PASS_ROLE, RUN_TASK } from './run-task.ts';
import { START_PIPELINE } from './schedule.ts';
import { warehouseBoundary } from './warehouse.ts';
import { LIST_OBJECTS, READ_OBJECTS } from './objects.ts';
import { READ_SECRET, WRITE_OBJECTS } from './stage.ts';
import { ENCRYPT_AND_DECRYPT } from './use-key.ts';

type RunScope = PlaceScope & Pick<Environment, 'compute' | 'user' | 'warehouse'>;

/** What the environment's feeds reach outside it. */
export interface Outside {
  readonly roleArns: readonly string[];
  /** Buckets of others that we read under our own roles. */
  readonly buckets: readonly string[];
}

/**
 * The most that any role of the environment can ever do, whatever its own policy comes to say: touch
 * the environment's own resources and the feeds' declared sources. It holds no way to change
 * permissions. It names nothing by an id that AWS gives, so that somebody else may make it before all else, and that
 * it may outlive all else.
 */
export const boundaryPolicy = (env: RunScope, outside: Outside): string => {
  const ours = [bucketNamePattern(env), ...Object.values(env.existing?.buckets ?? {}).sort()].map((bucket) =>
    bucketArn(env, bucket),
  );
  const theirs = outside.buckets.map((bucket) => bucketArn(env, bucket));
  const prefix = prefixOf(env);
  return policyDocument(
    { Sid: 'ListObjects', Effect: 'Allow', Action: LIST_OBJECTS, Resource: [...ours, ...theirs] },
    {
      Sid: 'ReadObjects',
      Effect: 'Allow',
      Action: READ_OBJECTS,
      Resource: [...ours, ...theirs].map((bucket) => `${bucket}/*`),
    },
    {
      Sid: 'WriteObjects',
      Effect: 'Allow',
      Action: WRITE_OBJECTS,
      Resource: ours.map((bucket) => `${bucket}/*`),
    },
    {
      Sid: 'ReadSecrets',
      Effect: 'Allow',
      Action: READ_SECRET,
      Resource: arnOf(env, 'secretsmanager', `secret:${prefix}/*`),
    },
    { Sid: 'EnterOutside', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: outside.roleArns },
    {
      Sid: 'UseKeys',
      Effect: 'Allow',
      Action: ENCRYPT_AND_DECRYPT,
      Resource: arnOf(env, 'kms', 'key/*'),
      Condition: tagged(env),
    },
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
    ...deliveryBoundary(ours, arnOf(env, 'firehose', `deliverystream/${prefix}-*`)),
    ...warehouseBoundary(env),
    ...(env.compute === 'ecs' ? runOnEcs(env) : []),
    ...(env.compute === 'ec2' || env.user !== undefined ? [enterStages(env)] : []),
    {
      Sid: 'KnowNoResource',
      Effect: 'Allow',
      Action: [...REGISTRY_TOKEN, ...(env.compute === 'ecs' ? [...DELIVER_LOGS, ...TRACE] : SESSIONS)],
      Resource: '*',
    },
  );
};

const runOnEcs = (env: PlaceScope): Statement[] => [
  {
    Sid: 'RunTasks',
    Effect: 'Allow',
    Action: [...RUN_TASK, ...WATCH_TASKS],
    Resource: [
      arnOf(env, 'ecs', `task-definition/${prefixOf(env)}-*`),
      arnOf(env, 'ecs', `task/${clusterName(env)}/*`),
    ],
  },
  {
    Sid: 'PassTaskRoles',
    Effect: 'Allow',
    Action: PASS_ROLE,
    Resource: arnOf(env, 'iam', `role/${prefixOf(env)}-*`),
    Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  },
  { Sid: 'HearOfTasks', Effect: 'Allow', Action: TASK_EVENTS, Resource: taskEventsRule(env) },
  {
    Sid: 'StartPipelines',
    Effect: 'Allow',
    Action: START_PIPELINE,
    Resource: arnOf(env, 'states', `stateMachine:${prefixOf(env)}-*`),
  },
  {
    Sid: 'KeepDeadLetters',
    Effect: 'Allow',
    Action: SEND_MESSAGE,
    Resource: arnOf(env, 'sqs', `${prefixOf(env)}-*`),
  },
];

const enterStages = (env: PlaceScope): Statement => ({
  Sid: 'EnterStages',
  Effect: 'Allow',
  Action: ENTER_ROLE,
  Resource: arnOf(env, 'iam', `role/${prefixOf(env)}-*`),
});
