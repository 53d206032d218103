import type { Statement } from './document.ts';
import { ENCRYPT_AND_DECRYPT, useKey } from './use-key.ts';

export const SEND_MESSAGE = ['sqs:SendMessage'];

/** The encrypted queue in which a schedule keeps what failed to start. */
export interface DeadLetters {
  readonly queueArn: string;
  readonly keyArn: string;
}

/** Keeping what failed to start. */
export const keepDeadLetters = (region: string, { queueArn, keyArn }: DeadLetters): Statement[] => [
  { Sid: 'KeepDeadLetters', Effect: 'Allow', Action: SEND_MESSAGE, Resource: queueArn },
  useKey('EncryptDeadLetters', ENCRYPT_AND_DECRYPT, { keyArn, region }, 'sqs'),
];
