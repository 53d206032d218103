import { policyDocument } from './document.ts';

/** A queue takes and gives nothing in clear. */
export const queuePolicy = (queueArn: string): string =>
  policyDocument({
    Sid: 'OnlyTls',
    Effect: 'Deny',
    Principal: '*',
    Action: ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:PurgeQueue'],
    Resource: queueArn,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  });
