import {
  aliasOf,
  type FeedDeclaration,
  type LogDelivery as Declared,
  type SourceLogGroup,
} from '../../etl/feed.ts';
import { splitPath } from '../../etl/locate.ts';
import type { Environment } from '../../config/environment.ts';
import {
  arnOf,
  bucketArn,
  bucketName,
  deliveryLogGroupName,
  deliveryPurpose,
  deliveryStreamName,
  handOnPurpose,
} from '../../config/names.ts';
import { deliveryStreamPolicy, handOnPolicy } from '../../policies/log-delivery.ts';
import type { Prefix } from '../../policies/objects.ts';
import { trustPolicy } from '../../policies/trust.ts';
import {
  CloudwatchLogStream,
  CloudwatchLogSubscriptionFilter,
  KinesisFirehoseDeliveryStream,
  type CloudwatchLogGroup,
} from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { BoundedRole } from './bounded-role.ts';
import { logGroup } from './log-group.ts';

/** How long and how much Firehose gathers into one object: fewer objects, a quarter of an hour late at most. */
const BUFFER = { seconds: 900, MiB: 64 };
/** Stream of the log group in which Firehose tells its errors. */
const ERRORS = 'S3Delivery';

export interface LogDeliveryProps {
  readonly env: Environment;
  readonly feed: FeedDeclaration;
  readonly name: string;
  readonly delivery: Declared<unknown>;
  readonly group: SourceLogGroup;
  readonly dataKeyArn: string;
  readonly operationsKeyArn: string;
}

/**
 * Log events on their way into a bucket: log group, subscription filter, delivery stream, and a role for
 * either step. The events stay in the envelopes of CloudWatch, which tell a repeated event from a new one.
 */
export class LogDelivery extends Construct {
  constructor(scope: Construct, id: string, props: LogDeliveryProps) {
    super(scope, id);
    const { env, feed, name, delivery, group, operationsKeyArn } = props;
    const source = group.exists
      ? undefined
      : logGroup(this, 'group', { env, name: group.name, operationsKeyArn });
    const stream = this.stream(props);
    const role = new BoundedRole(this, 'hand-on', {
      env,
      purpose: handOnPurpose(feed.name, name),
      description: `Hands on to Firehose: ${delivery.title}`,
      trust: trustPolicy(env, 'logs'),
      policy: handOnPolicy(
        arnOf(env, 'firehose', `deliverystream/${deliveryStreamName(env, feed.name, name)}`),
      ),
    });
    new CloudwatchLogSubscriptionFilter(this, 'filter', {
      name: deliveryStreamName(env, feed.name, name),
      logGroupName: source?.name ?? group.name,
      filterPattern: '',
      destinationArn: stream.arn,
      roleArn: role.role.arn,
      dependsOn: [role.policy],
    });
  }

  private stream(props: LogDeliveryProps): KinesisFirehoseDeliveryStream {
    const { env, feed, name, delivery, dataKeyArn } = props;
    const streamName = deliveryStreamName(env, feed.name, name);
    const errors = this.errors(props);
    const to = target(env, feed, delivery);
    const role = new BoundedRole(this, 'deliver', {
      env,
      purpose: deliveryPurpose(feed.name, name),
      description: `Delivers: ${delivery.title}`,
      trust: trustPolicy(env, 'firehose', streamName),
      policy: deliveryStreamPolicy({
        region: env.region,
        to,
        dataKeyArn,
        logGroupArn: arnOf(env, 'logs', `log-group:${deliveryLogGroupName(env, feed.name, name)}`),
      }),
    });
    return new KinesisFirehoseDeliveryStream(this, 'stream', {
      name: streamName,
      destination: 'extended_s3',
      serverSideEncryption: { enabled: true, keyType: 'CUSTOMER_MANAGED_CMK', keyArn: dataKeyArn },
      extendedS3Configuration: {
        roleArn: role.role.arn,
        bucketArn: to.bucketArn,
        kmsKeyArn: dataKeyArn,
        prefix: `${to.prefix}!{timestamp:yyyy/MM/dd/HH}/`,
        errorOutputPrefix: `${to.prefix}errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
        bufferingInterval: BUFFER.seconds,
        bufferingSize: BUFFER.MiB,
        // CloudWatch compresses what it hands on.
        compressionFormat: 'UNCOMPRESSED',
        cloudwatchLoggingOptions: {
          enabled: true,
          logGroupName: errors.logGroupName,
          logStreamName: errors.name,
        },
      },
      dependsOn: [role.policy],
    });
  }

  private errors({ env, feed, name, operationsKeyArn }: LogDeliveryProps): CloudwatchLogStream {
    const group: CloudwatchLogGroup = logGroup(this, 'errors', {
      env,
      name: deliveryLogGroupName(env, feed.name, name),
      operationsKeyArn,
    });
    return new CloudwatchLogStream(this, 'errors-stream', { name: ERRORS, logGroupName: group.name });
  }
}

/** A checked declaration names a bucket of the feed's own. */
const target = (env: Environment, feed: FeedDeclaration, { to }: Declared<unknown>): Prefix => {
  const [bucket, prefix] = splitPath(to);
  return { bucketArn: bucketArn(env, bucketName(env, aliasOf(feed.name, bucket))), prefix };
};
