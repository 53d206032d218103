import { arnOf, clusterName, type PlaceScope } from '../config/names.ts';
import { policyDocument } from './document.ts';
import { runTask, type RunnableTask } from './run-task.ts';

export const WATCH_TASKS = ['ecs:StopTask', 'ecs:DescribeTasks'];
/** Step Functions learns of a task's end by an events rule that it keeps itself, under this fixed name. */
export const TASK_EVENTS = ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'];
export const taskEventsRule = (env: PlaceScope): string =>
  arnOf(env, 'events', 'rule/StepFunctionsGetEventsForECSTaskRule');
/** Delivery of logs and traces is granted for the whole account: these actions know no resource. */
export const DELIVER_LOGS = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];
export const TRACE = [
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

/** The role of a feed's state machine: start its stages' tasks, wait for them, stop them. */
export const pipelinePolicy = (env: PlaceScope, tasks: readonly RunnableTask[]): string =>
  policyDocument(
    ...runTask(env, tasks),
    {
      Sid: 'WatchTasks',
      Effect: 'Allow',
      Action: WATCH_TASKS,
      Resource: arnOf(env, 'ecs', `task/${clusterName(env)}/*`),
    },
    { Sid: 'HearOfTheirEnd', Effect: 'Allow', Action: TASK_EVENTS, Resource: taskEventsRule(env) },
    { Sid: 'DeliverLogs', Effect: 'Allow', Action: DELIVER_LOGS, Resource: '*' },
    { Sid: 'Trace', Effect: 'Allow', Action: TRACE, Resource: '*' },
  );
