import { logDeliveriesOf, type FeedDeclaration } from '../../etl/feed.ts';
import type { Environment } from '../../config/environment.ts';
import {
  alarmName,
  alarmTopicName,
  arnOf,
  deadLetterQueueName,
  deliveryStreamName,
  metricNamespace,
} from '../../config/names.ts';
import {
  CloudwatchLogMetricFilter,
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { longestMinutes, stagesFrom, type PipelinePlan } from '../pipeline-plan.ts';
import { intervalMinutes } from '../trigger.ts';
import { pipelineArn } from './pipeline.ts';
import type { Stage } from './stage.ts';

export interface FeedAlarmsProps {
  readonly env: Environment;
  readonly feed: FeedDeclaration;
  readonly plan: PipelinePlan;
  readonly stages: ReadonlyMap<string, Stage>;
}

const HOUR = 3600;
const FIVE_MINUTES = 300;
/** Hours that CloudWatch can look back in hourly periods. */
const MOST_HOURS = 7 * 24;

const ERROR_TOLD = '{ $.level = "error" }';

/** The worker judges the limit that a stage declares; this is how it says that one was passed. */
const LIMIT_PASSED = '{ $.code = "REJECT_LIMIT_PASSED" }';

/** Matches the one line with which a worker ends a stage; no other carries `rowsIn`. */
const STAGE_ENDED = '{ $.rowsIn >= 0 }';

interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** Tells when a feed's runs fail, stay away, reject too much, or could not even be started. */
export class FeedAlarms extends Construct {
  readonly #env: Environment;
  readonly #feed: string;
  readonly #stages: ReadonlyMap<string, Stage>;

  constructor(scope: Construct, id: string, { env, feed, plan, stages }: FeedAlarmsProps) {
    super(scope, id);
    this.#env = env;
    this.#feed = feed.name;
    this.#stages = stages;
    const succeeded = env.compute === 'ecs' ? this.runsOnEcs(plan) : this.runsOnHost(plan);
    if (plan.pipeline !== undefined && succeeded !== undefined) {
      const interval = intervalMinutes(plan.pipeline.trigger);
      this.silence('pipeline', succeeded, interval, longestMinutes(plan.pipeline.first));
    }
    for (const { stage, trigger } of plan.lone) {
      const minutes = feed.stages[stage]?.timeoutMinutes ?? 0;
      this.silence(`stage-${stage}`, this.ended(stage), intervalMinutes(trigger), minutes);
    }
    this.rejections();
    for (const [name, , group] of logDeliveriesOf(feed, env.feeds[feed.name])) {
      this.logDelivery(name, group.name);
    }
  }

  /** @returns what counts the pipeline's runs that ended well */
  private runsOnEcs({ pipeline }: PipelinePlan): Metric | undefined {
    this.alarm('not-started', 'A schedule could not start its run: see the dead-letter queue', {
      ...sum(
        {
          namespace: 'AWS/SQS',
          metricName: 'ApproximateNumberOfMessagesVisible',
          dimensions: { QueueName: deadLetterQueueName(this.#env, this.#feed) },
        },
        FIVE_MINUTES,
      ),
      statistic: 'Maximum',
    });
    if (pipeline === undefined) return undefined;
    const states = (metricName: string): Metric => ({
      namespace: 'AWS/States',
      metricName,
      dimensions: { StateMachineArn: pipelineArn(this.#env, this.#feed) },
    });
    this.alarm('failed', 'A run of the pipeline failed', sum(states('ExecutionsFailed'), FIVE_MINUTES));
    return states('ExecutionsSucceeded');
  }

  /**
   * The host counts nothing; what its stages log does. Its pipeline runs stage by stage, so that it ended
   * well when its last stage did.
   */
  private runsOnHost({ pipeline }: PipelinePlan): Metric | undefined {
    const errors = this.overStages('errors', '1', ERROR_TOLD);
    this.alarm('failed', 'A stage logged an error', sum(errors, FIVE_MINUTES));
    const last = pipeline === undefined ? undefined : stagesFrom(pipeline.first).at(-1);
    return last === undefined ? undefined : this.ended(last);
  }

  private ended(stage: string): Metric {
    return this.count(stage, 'ended', '1', STAGE_ENDED, `${this.#feed}.${stage}.ended`);
  }

  /** One metric of what all stages log. */
  private overStages(what: string, value: string, pattern: string): Metric {
    const name = `${this.#feed}.${what}`;
    for (const stage of this.#stages.keys()) this.count(stage, what, value, pattern, name);
    return { namespace: metricNamespace(this.#env), metricName: name };
  }

  private rejections(): void {
    const failed = this.overStages('unitsFailed', '$.unitsFailed', STAGE_ENDED);
    this.alarm('units-failed', 'A unit, such as a damaged file, is in quarantine whole', sum(failed, HOUR));
    const passed = this.overStages('rejectLimitsPassed', '1', LIMIT_PASSED);
    this.alarm('rejected', 'A stage rejected a larger share of rows than it may', sum(passed, FIVE_MINUTES));
  }

  /** Log events that wait for their delivery, or that CloudWatch could not even hand on. */
  private logDelivery(name: string, logGroupName: string): void {
    const stream = deliveryStreamName(this.#env, this.#feed, name);
    const dimensions = { DeliveryStreamName: stream };
    this.alarm(`stale-${name}`, 'The oldest log event that waits for its delivery is an hour old', {
      ...sum(
        { namespace: 'AWS/Firehose', metricName: 'DeliveryToS3.DataFreshness', dimensions },
        FIVE_MINUTES,
      ),
      statistic: 'Maximum',
      threshold: HOUR,
    });
    const handedOn = { LogGroupName: logGroupName, DestinationType: 'Firehose', FilterName: stream };
    this.alarm(
      `not-handed-on-${name}`,
      'CloudWatch could not hand on log events',
      sum({ namespace: 'AWS/Logs', metricName: 'DeliveryErrors', dimensions: handedOn }, FIVE_MINUTES),
    );
  }

  /** Counts a value of the log lines that match into a metric. */
  private count(stage: string, what: string, value: string, pattern: string, name: string): Metric {
    const namespace = metricNamespace(this.#env);
    const logs = this.#stages.get(stage)?.logs;
    if (logs !== undefined) {
      new CloudwatchLogMetricFilter(this, `${stage}-${what}`, {
        name: `${stage}-${what}`,
        logGroupName: logs.name,
        pattern,
        metricTransformation: { namespace, name, value },
      });
    }
    return { namespace, metricName: name };
  }

  /**
   * Nothing ended well for twice the interval and the longest run. There is none for what does not
   * run daily: CloudWatch looks back a week at most.
   */
  private silence(id: string, metric: Metric, interval: number | undefined, longest: number): void {
    if (interval === undefined) return;
    const hours = Math.min(MOST_HOURS, Math.ceil((2 * interval + longest) / 60));
    this.alarm(`silent-${id}`, `No run ended well in ${hours} hours`, {
      ...sum(metric, HOUR),
      comparisonOperator: 'LessThanThreshold',
      evaluationPeriods: hours,
      datapointsToAlarm: hours,
      treatMissingData: 'breaching',
    });
  }

  private alarm(
    id: string,
    description: string,
    config: Omit<CloudwatchMetricAlarmConfig, 'alarmName'>,
  ): void {
    const topic = arnOf(this.#env, 'sns', alarmTopicName(this.#env));
    new CloudwatchMetricAlarm(this, id, {
      alarmName: alarmName(this.#env, this.#feed, id),
      alarmDescription: description,
      treatMissingData: 'notBreaching',
      alarmActions: [topic],
      okActions: [topic],
      ...config,
    });
  }
}

/** At least one in a period. */
const sum = (metric: Metric, period: number) => ({
  ...metric,
  statistic: 'Sum',
  period,
  evaluationPeriods: 1,
  threshold: 1,
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
});
