import { arnOf, clusterName, type PlaceScope } from '../config/names.ts';
import type { Statement } from './document.ts';

export const RUN_TASK = ['ecs:RunTask'];
export const PASS_ROLE = ['iam:PassRole'];

/** A task that somebody starts: its family and the roles that it carries. */
export interface RunnableTask {
  readonly family: string;
  readonly roleArns: readonly string[];
}

/**
 * Starting tasks of these families on the environment's cluster, with their own roles and no others.
 * A family is named with and without revision, since callers start its newest one.
 */
export const runTask = (env: PlaceScope, tasks: readonly RunnableTask[]): Statement[] => [
  {
    Sid: 'RunTasks',
    Effect: 'Allow',
    Action: RUN_TASK,
    Resource: tasks.flatMap(({ family }) => [
      arnOf(env, 'ecs', `task-definition/${family}`),
      arnOf(env, 'ecs', `task-definition/${family}:*`),
    ]),
    Condition: { ArnEquals: { 'ecs:cluster': arnOf(env, 'ecs', `cluster/${clusterName(env)}`) } },
  },
  {
    Sid: 'PassTaskRoles',
    Effect: 'Allow',
    Action: PASS_ROLE,
    Resource: [...new Set(tasks.flatMap(({ roleArns }) => roleArns))],
    Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  },
];
