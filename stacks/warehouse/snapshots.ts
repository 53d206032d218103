import type { Environment } from '../../config/environment.ts';
import {
  alarmName,
  alarmTopicName,
  arnOf,
  deadLetterQueueName,
  partitionOf,
  scheduleGroupName,
} from '../../config/names.ts';
import { warehouseName, WAREHOUSE_STACK } from '../../config/warehouse.ts';
import { trustPolicy } from '../../policies/trust.ts';
import { snapshotPolicy } from '../../policies/warehouse.ts';
import { CloudwatchMetricAlarm, SchedulerSchedule, SchedulerScheduleGroup } from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { BoundedRole } from '../constructs/bounded-role.ts';
import { deadLetters } from '../constructs/dead-letters.ts';

/** Before the day's work begins, in UTC. */
const DAILY = 'cron(30 0 * * ? *)';
const HOURS_TO_TRY = 6;

interface SnapshotsProps {
  readonly env: Environment;
  readonly namespaceArn: string;
  readonly operationsKeyArn: string;
  /** For how long one is kept. */
  readonly days: number;
}

/** A snapshot of the warehouse a day: Serverless by itself keeps points of recovery for one day only. */
export class Snapshots extends Construct {
  constructor(scope: Construct, id: string, props: SnapshotsProps) {
    super(scope, id);
    const { env, namespaceArn, operationsKeyArn } = props;
    const group = new SchedulerScheduleGroup(this, 'group', {
      name: scheduleGroupName(env, WAREHOUSE_STACK),
    });
    const queue = deadLetters(this, 'dead-letters', { env, of: WAREHOUSE_STACK, operationsKeyArn });
    const { role, policy } = new BoundedRole(this, 'starter', {
      env,
      purpose: 'warehouse-snapshots',
      description: 'Takes the daily snapshot of the warehouse',
      trust: trustPolicy(env, 'scheduler', scheduleGroupName(env, WAREHOUSE_STACK)),
      policy: snapshotPolicy(env, namespaceArn, { queueArn: queue.arn, keyArn: operationsKeyArn }),
    });
    new SchedulerSchedule(this, 'daily', {
      groupName: group.name,
      name: 'daily-snapshot',
      description: 'Takes a snapshot of the warehouse',
      scheduleExpression: DAILY,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: `arn:${partitionOf(env.region)}:scheduler:::aws-sdk:redshiftserverless:createSnapshot`,
        roleArn: role.arn,
        deadLetterConfig: { arn: queue.arn },
        retryPolicy: { maximumEventAgeInSeconds: HOURS_TO_TRY * 3600, maximumRetryAttempts: 10 },
        input: JSON.stringify({
          NamespaceName: warehouseName(env),
          SnapshotName: 'daily-<aws.scheduler.execution-id>',
          RetentionPeriod: props.days,
        }),
      },
      dependsOn: [policy],
    });
    new CloudwatchMetricAlarm(this, 'not-taken', {
      alarmName: alarmName(env, WAREHOUSE_STACK, 'snapshot-not-taken'),
      alarmDescription: 'A snapshot of the warehouse could not be taken: see the dead-letter queue',
      alarmActions: [arnOf(env, 'sns', alarmTopicName(env))],
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: deadLetterQueueName(env, WAREHOUSE_STACK) },
      statistic: 'Maximum',
      period: 300,
      evaluationPeriods: 1,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 0,
      treatMissingData: 'notBreaching',
    });
  }
}
