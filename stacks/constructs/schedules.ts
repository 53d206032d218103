import type { Environment } from '../../config/environment.ts';
import { fit, scheduleGroupName } from '../../config/names.ts';
import { schedulePolicy } from '../../policies/schedule.ts';
import { trustPolicy } from '../../policies/trust.ts';
import { SchedulerSchedule, SchedulerScheduleGroup } from '../aws.ts';
import { Construct } from '../cdktf.ts';
import type { PipelinePlan } from '../pipeline-plan.ts';
import type { TaskTarget } from '../state-machine-definition.ts';
import { scheduleExpression } from '../trigger.ts';
import { BoundedRole } from './bounded-role.ts';
import { deadLetters } from './dead-letters.ts';
import { Pipeline, pipelineArn } from './pipeline.ts';
import type { StageTask } from './stage-task.ts';

export interface SchedulesProps {
  readonly env: Environment;
  readonly feed: string;
  readonly plan: PipelinePlan;
  readonly pipeline: Pipeline | undefined;
  readonly tasks: ReadonlyMap<string, StageTask>;
  readonly target: TaskTarget;
  readonly operationsKeyArn: string;
}

/** A start that failed for an hour is no longer worth making; what it would have done the next one does. */
const RETRY_POLICY = { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 5 };
/** Replaced by the scheduler with the instant that was due, also when the start was retried. */
const DUE = '<aws.scheduler.scheduled-time>';

/**
 * Starts what a feed's triggers say, in UTC: the pipeline by its state machine, lone stages as tasks.
 * What can't be started ends in the dead-letter queue. A start that overlaps the one before is
 * harmless: the ledger's claims see to it that each unit is worked once.
 */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const { env, feed, plan } = props;
    const group = new SchedulerScheduleGroup(this, 'group', { name: scheduleGroupName(env, feed) });
    const queue = deadLetters(this, 'dead-letters', {
      env,
      of: feed,
      operationsKeyArn: props.operationsKeyArn,
    });
    const lone = plan.lone.flatMap(({ stage, trigger }) => {
      const task = props.tasks.get(stage);
      return task === undefined ? [] : [{ stage, trigger, task }];
    });
    const starter = new BoundedRole(this, 'starter', {
      env,
      purpose: `${feed}-schedules`,
      description: `Starts the stages of ${feed} when they are due`,
      trust: trustPolicy(env, 'scheduler', scheduleGroupName(env, feed)),
      policy: schedulePolicy(env, {
        pipelineArns: props.pipeline === undefined ? [] : [pipelineArn(env, feed)],
        tasks: lone.map(({ task }) => task.task),
        deadLetters: { queueArn: queue.arn, keyArn: props.operationsKeyArn },
      }),
    });
    const common = {
      groupName: group.name,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
    };
    const target = {
      roleArn: starter.role.arn,
      deadLetterConfig: { arn: queue.arn },
      retryPolicy: RETRY_POLICY,
    };
    if (plan.pipeline !== undefined && props.pipeline !== undefined) {
      new SchedulerSchedule(this, 'pipeline', {
        ...common,
        name: 'pipeline',
        description: `Runs the stages of ${feed} after each other`,
        scheduleExpression: scheduleExpression(plan.pipeline.trigger),
        target: { ...target, arn: props.pipeline.machine.arn, input: JSON.stringify({ due: DUE }) },
        dependsOn: [starter.policy],
      });
    }
    for (const { stage, trigger, task } of lone) {
      const command = [`${feed}.${stage}`, '--scheduled', DUE];
      new SchedulerSchedule(this, `stage-${stage}`, {
        ...common,
        name: fit(`stage-${stage}`, 64),
        description: `Runs stage ${feed}.${stage}`,
        scheduleExpression: scheduleExpression(trigger),
        target: {
          ...target,
          arn: props.target.clusterArn,
          input: JSON.stringify({ containerOverrides: [{ name: props.target.container, command }] }),
          ecsParameters: {
            taskDefinitionArn: props.target.taskDefinitionArn(stage),
            launchType: 'FARGATE',
            platformVersion: 'LATEST',
            propagateTags: 'TASK_DEFINITION',
            taskCount: 1,
            networkConfiguration: {
              subnets: [...props.target.subnetIds],
              securityGroups: [props.target.securityGroupId],
              assignPublicIp: false,
            },
          },
        },
        dependsOn: [starter.policy, task.definition],
      });
    }
  }
}
