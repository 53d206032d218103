import { createHash } from 'node:crypto';
import type { Environment } from './environment.ts';

/** Every name that peaches gives to something in an account, derived from the environment alone. */

type Scope = Pick<Environment, 'project' | 'name' | 'existing'>;
type AccountScope = Scope & Pick<Environment, 'account'>;
export type PlaceScope = AccountScope & Pick<Environment, 'region'>;

/** Alias of the bucket that takes the access logs of all the others. */
export const ACCESS_LOGS = 'access-logs';

/** First part of every name: `<project>-<environment>`. */
export const prefixOf = (env: Scope): string => `${env.project}-${env.name}`;

/** @returns the name, shortened with a hash of the whole when it is longer than AWS allows */
export const fit = (name: string, most: number): string => {
  if (name.length <= most) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, most - 9)}-${hash}`;
};

/** S3 allows 63 characters; names are global, so the account is part of it. */
export const bucketName = (env: AccountScope, alias: string): string =>
  env.existing?.buckets?.[alias] ?? `${fit(`${prefixOf(env)}-${alias}`, 63 - 13)}-${env.account}`;

/** Matches every bucket of the environment, also those whose names had to be shortened. */
export const bucketNamePattern = (env: AccountScope): string =>
  `${`${prefixOf(env)}-`.slice(0, 63 - 13 - 9)}*-${env.account}`;

/** IAM allows 64 characters for a role's name. */
export const roleName = (env: Scope, purpose: string): string => fit(`${prefixOf(env)}-${purpose}`, 64);

/** What part of its role's name tells somebody who delivers to a feed. */
export const deliveryPurpose = (feed: string, deliverer: string): string => `${feed}-from-${deliverer}`;

/** Names of what delivers log events to a feed: the stream of Firehose, which allows 64 characters; */
export const deliveryStreamName = (env: Scope, feed: string, delivery: string): string =>
  fit(`${prefixOf(env)}-${feed}-${delivery}`, 64);
/** what part of the role's name tells CloudWatch, which hands them to the stream; */
export const handOnPurpose = (feed: string, delivery: string): string => `${feed}-hands-on-${delivery}`;
/** and the log group in which Firehose tells what it could not deliver. */
export const deliveryLogGroupName = (env: Scope, feed: string, delivery: string): string =>
  logGroupName(env, feed, `from-${delivery}`);

/** Id of a data set of QuickSight and of the data source beneath it. */
export const dataSetId = (env: Scope, feed: string, dataSet: string): string =>
  `${prefixOf(env)}-${feed}-${dataSet}`;
/** What part of its role's name tells QuickSight, which reads a data set. */
export const readerPurpose = (feed: string, dataSet: string): string => `${feed}-shows-${dataSet}`;

export const secretName = (env: Scope, alias: string): string => `${prefixOf(env)}/${alias}`;

export const repositoryName = (env: Scope, image: string): string => `${prefixOf(env)}/${image}`;

export const clusterName = (env: Scope): string => env.existing?.cluster ?? prefixOf(env);

export const logGroupName = (env: Scope, feed: string, stage: string): string =>
  `/${prefixOf(env)}/${feed}/${stage}`;

export const stateMachineName = (env: Scope, feed: string): string => fit(`${prefixOf(env)}-${feed}`, 80);

/** A task definition's family; ECS allows 255 characters. */
export const taskFamilyName = (env: Scope, feed: string, stage: string): string =>
  fit(`${prefixOf(env)}-${feed}-${stage}`, 255);

/** Schedules of a feed; EventBridge Scheduler allows 64 characters for a group and for a schedule. */
export const scheduleGroupName = (env: Scope, feed: string): string => fit(`${prefixOf(env)}-${feed}`, 64);

/** Where the scheduler leaves what it could not start; SQS allows 80 characters. */
export const deadLetterQueueName = (env: Scope, feed: string): string =>
  fit(`${prefixOf(env)}-${feed}-dead-letters`, 80);

/** AWS forbids names that begin with `sg-`, as a project's might. */
export const securityGroupName = (env: Scope, feed: string): string =>
  fit(`tasks-${prefixOf(env)}-${feed}`, 255);

export const alarmTopicName = (env: Scope): string => `${prefixOf(env)}-alarms`;

export const alarmName = (env: Scope, feed: string, what: string): string =>
  fit(`${prefixOf(env)}-${feed}-${what}`, 255);

/** User of a host outside AWS, the group that holds its rights, and the secret that holds its key. */
export const runnerName = (env: Scope): string => fit(`${prefixOf(env)}-runner`, 64);
export const runnerSecretName = (env: Scope): string => secretName(env, 'runner');

/** The policy that bounds every role of the environment; IAM allows 128 characters. */
export const boundaryName = (env: Scope): string => `${prefixOf(env)}-boundary`;

export const keyAlias = (env: Scope, key: 'data' | 'operations'): string => `alias/${prefixOf(env)}/${key}`;

/** Namespace in CloudWatch of what the workers' log lines are counted into. */
export const metricNamespace = (env: Scope): string => prefixOf(env);

/** Log group of a state machine; under `/aws/vendedlogs/` its delivery needs no resource policy of ours. */
export const pipelineLogGroupName = (env: Scope, feed: string): string =>
  `/aws/vendedlogs/states/${prefixOf(env)}/${feed}`;

/** AWS's own division of the world that a region belongs to. */
export const partitionOf = (region: string): string => {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
};

/** @param resource the last part, `role/acme-dev-freewheel-slots` */
export const arnOf = (env: PlaceScope, service: string, resource: string): string => {
  const region = service === 'iam' ? '' : env.region;
  return `arn:${partitionOf(env.region)}:${service}:${region}:${env.account}:${resource}`;
};

/** ARN of a role by its purpose, for policies that name it before it is there. */
export const roleArn = (env: PlaceScope, purpose: string): string =>
  arnOf(env, 'iam', `role/${roleName(env, purpose)}`);

/** ARN of the user, for trust policies that name it. */
export const runnerArn = (env: PlaceScope): string => arnOf(env, 'iam', `user/${runnerName(env)}`);

/** The policy that bounds every role of the environment. */
export const boundaryArn = (env: PlaceScope): string =>
  env.existing?.boundary ?? arnOf(env, 'iam', `policy/${boundaryName(env)}`);

/** @param bucket its real name; an S3 ARN carries neither region nor account */
export const bucketArn = (env: Pick<Environment, 'region'>, bucket: string): string =>
  `arn:${partitionOf(env.region)}:s3:::${bucket}`;

/** Where an image is pushed to and pulled from, without tag. */
export const repositoryUri = (env: PlaceScope, image: string): string => {
  const suffix = partitionOf(env.region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${env.account}.dkr.ecr.${env.region}.${suffix}/${repositoryName(env, image)}`;
};

/** Key of a stack's Terraform state in the state bucket. @param stack `foundation`, or a feed's name */
export const stateKey = (env: Scope, stack: string): string => `${env.project}/${env.name}/${stack}.tfstate`;

/** Name of a stack in Terraform and on disk: `<project>-<environment>-foundation`. */
export const stackName = (env: Scope, stack: string): string => `${prefixOf(env)}-${stack}`;

/** Bucket of the Terraform state of all environments of the project in one account. */
export const stateBucketName = (env: AccountScope): string =>
  `${fit(`${env.project}-terraform-state`, 63 - 13)}-${env.account}`;
