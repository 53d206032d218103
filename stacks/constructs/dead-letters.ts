import type { Environment } from '../../config/environment.ts';
import { arnOf, deadLetterQueueName } from '../../config/names.ts';
import { queuePolicy } from '../../policies/queue.ts';
import { SqsQueue } from '../aws.ts';
import type { Construct } from '../cdktf.ts';

/** Seconds that a dead letter waits to be looked at; SQS allows no more. */
const RETENTION_SECONDS = 14 * 24 * 3600;

/** The queue of what the schedules of a stack could not start. @param of the stack */
export const deadLetters = (
  scope: Construct,
  id: string,
  props: { readonly env: Environment; readonly of: string; readonly operationsKeyArn: string },
): SqsQueue => {
  const name = deadLetterQueueName(props.env, props.of);
  return new SqsQueue(scope, id, {
    name,
    kmsMasterKeyId: props.operationsKeyArn,
    messageRetentionSeconds: RETENTION_SECONDS,
    policy: queuePolicy(arnOf(props.env, 'sqs', name)),
  });
};
