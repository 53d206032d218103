import type { PlaceScope } from '../config/names.ts';
import { policyDocument } from './document.ts';
import { runTask, type RunnableTask } from './run-task.ts';

export const START_PIPELINE = ['states:StartExecution'];
export const SEND_MESSAGE = ['sqs:SendMessage'];

/** The role of a feed's schedules: start its state machine and its lone stages, keep what failed to start. */
export const schedulePolicy = (
  env: PlaceScope,
  targets: {
    readonly pipelineArns: readonly string[];
    readonly tasks: readonly RunnableTask[];
    readonly deadLettersArn: string;
    readonly operationsKeyArn: string;
  },
): string =>
  policyDocument(
    { Sid: 'StartPipeline', Effect: 'Allow', Action: START_PIPELINE, Resource: targets.pipelineArns },
    ...runTask(env, targets.tasks),
    { Sid: 'KeepDeadLetters', Effect: 'Allow', Action: SEND_MESSAGE, Resource: [targets.deadLettersArn] },
    {
      Sid: 'EncryptDeadLetters',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [targets.operationsKeyArn],
      Condition: { StringEquals: { 'kms:ViaService': `sqs.${env.region}.amazonaws.com` } },
    },
  );
