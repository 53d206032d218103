import type { PlaceScope } from '../config/names.ts';
import { keepDeadLetters, type DeadLetters } from './dead-letters.ts';
import { policyDocument } from './document.ts';
import { runTask, type RunnableTask } from './run-task.ts';

export const START_PIPELINE = ['states:StartExecution'];

/** The role of a feed's schedules: start its state machine and its lone stages, keep what failed to start. */
export const schedulePolicy = (
  env: PlaceScope,
  targets: {
    readonly pipelineArns: readonly string[];
    readonly tasks: readonly RunnableTask[];
    readonly deadLetters: DeadLetters;
  },
): string =>
  policyDocument(
    { Sid: 'StartPipeline', Effect: 'Allow', Action: START_PIPELINE, Resource: targets.pipelineArns },
    ...runTask(env, targets.tasks),
    ...keepDeadLetters(env.region, targets.deadLetters),
  );
