import { bucketName } from '../../config/names.ts';
import { stagingPrefix, WAREHOUSE_BUCKET } from '../../config/warehouse.ts';
import { OPERATIONS } from '../../etl/feed.ts';
import { conditionValues, identityPolicies, judgeStatements } from './documents.ts';
import type { Statement } from './documents.ts';
import type { Model, Stack } from './model.ts';
import { fault, type Fault, type Rule } from './rule.ts';

const OBJECTS = /^(arn:[\w-]+:s3:::([^/]+))(?:\/(.*))?$/;
const LIST = new Set(['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads']);
const READ = new Set(['s3:GetObject', 's3:GetObjectVersion']);

export const t18: Rule = {
  id: 'T18',
  demand:
    "The roles of a feed reach objects only in the feed's own buckets, in its own prefixes of the bucket of operations and of staged loads, and what its declaration reads of others.",
  reason: 'A fault in one feed, or in a library that it uses, must not reach the data of another.',
  sameAs: { checkov: ['CKV_AWS_290', 'CKV_AWS_356'], nag: ['AwsSolutions-IAM5'] },
  check: (model) =>
    model.stacks.flatMap((stack) =>
      stack.feed === undefined || stack.feed === 'shared'
        ? []
        : judgeStatements(
            identityPolicies(model).filter(({ resource }) => resource.stack === stack.name),
            (statement) => judge(model, stack, statement),
          ),
    ),
};

const judge = (model: Model, stack: Stack, statement: Statement): (Fault | boolean)[] => {
  const actions = statement.actions.filter((action) => action.startsWith('s3:'));
  if (!statement.allows || actions.length === 0) return [];
  const feed = stack.feed ?? '';
  const operations = bucketName(model.environment, OPERATIONS);
  const staging = bucketName(model.environment, WAREHOUSE_BUCKET);
  const ownLoads = (prefix: string): boolean => prefix.startsWith(stagingPrefix(feed));
  const ownArea = (prefix: string): boolean => prefix.split('/')[1] === feed;
  return statement.resources.map((resource) => {
    const [, arn = '', bucket = '', key] = OBJECTS.exec(resource) ?? [];
    if (model.find('aws_s3_bucket', arn)?.stack === stack.name) return true;
    if (model.declarations.existingBuckets[feed]?.includes(arn) === true) return true;
    const prefixes =
      key === undefined ? conditionValues(statement, 's3:prefix', 'StringLike', 'StringEquals') : [key];
    if (bucket === operations && prefixes.length > 0 && prefixes.every(ownArea)) return true;
    if (bucket === staging && prefixes.length > 0 && prefixes.every(ownLoads)) return true;
    const declared = model.declarations.externalObjects[feed] ?? [];
    const reads = actions.every((action) => (key === undefined ? LIST : READ).has(action));
    const known = prefixes.every((prefix) => declared.some((from) => `${arn}/${prefix}`.startsWith(from)));
    if (reads && prefixes.length > 0 && known) return true;
    return fault(
      `allows ${actions.join(', ')} on ${resource}, which is not ${feed}'s`,
      "Declare it in the stage's reads or writes, and let stagePolicy() write the statement.",
    );
  });
};
