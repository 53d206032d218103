import { text } from './attributes.ts';
import { conditionValues, resourcePolicies } from './documents.ts';
import { isKey } from './keys.ts';
import type { Model, Resource } from './model.ts';
import { fault, judgeEach, type Fault, type Rule } from './rule.ts';

export const t55: Rule = {
  id: 'T55',
  demand:
    'Queues, topics and secrets are encrypted under a key of the account; queues and topics refuse requests without TLS.',
  reason:
    'What waits in a queue is a piece of the data; a secret under the common key is open to every reader of it.',
  sameAs: {
    checkov: ['CKV_AWS_26', 'CKV_AWS_27', 'CKV_AWS_149'],
    trivy: ['AWS-0095', 'AWS-0096', 'AWS-0098'],
    nag: ['AwsSolutions-SQS2', 'AwsSolutions-SQS4', 'AwsSolutions-SNS3'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_sqs_queue'], (queue) => [
      encrypted(model, queue, 'kms_master_key_id'),
      refusesClear(model, [queue, ...model.attached(queue, 'aws_sqs_queue_policy', 'queue_url')]),
    ]),
    ...judgeEach(model, ['aws_sns_topic'], (topic) => [
      encrypted(model, topic, 'kms_master_key_id'),
      refusesClear(model, model.attached(topic, 'aws_sns_topic_policy', 'arn')),
    ]),
    ...judgeEach(model, ['aws_secretsmanager_secret'], (secret) => [encrypted(model, secret, 'kms_key_id')]),
  ],
};

const encrypted = (model: Model, { values }: Resource, attribute: string): Fault | boolean =>
  isKey(model, text(values, attribute)) ||
  fault('is not encrypted under a key of the account', `Set ${attribute}.`);

/** @param bearers resources that may carry the policy */
const refusesClear = (model: Model, bearers: readonly Resource[]): Fault | boolean =>
  resourcePolicies(model, 'aws_sqs_queue', 'aws_sqs_queue_policy', 'aws_sns_topic_policy')
    .filter(({ resource }) => bearers.includes(resource))
    .flatMap(({ statements = [] }) => statements)
    .some(
      (statement) =>
        !statement.allows &&
        statement.principals.some(({ kind }) => kind === '*') &&
        conditionValues(statement, 'aws:SecureTransport', 'Bool').includes('false'),
    ) || fault('answers requests without TLS', 'Deny all when aws:SecureTransport is false.');
