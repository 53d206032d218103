import type { Environment } from '../../config/environment.ts';
import { arnOf, pipelineLogGroupName, stateMachineName } from '../../config/names.ts';
import { pipelinePolicy } from '../../policies/pipeline.ts';
import { trustPolicy } from '../../policies/trust.ts';
import { SfnStateMachine } from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { stagesFrom, type Step } from '../pipeline-plan.ts';
import { stateMachineDefinition, type TaskTarget } from '../state-machine-definition.ts';
import { BoundedRole } from './bounded-role.ts';
import { logGroup } from './log-group.ts';
import type { StageTask } from './stage-task.ts';

export interface PipelineProps {
  readonly env: Environment;
  readonly feed: string;
  readonly first: Step;
  readonly target: TaskTarget;
  readonly tasks: ReadonlyMap<string, StageTask>;
  readonly operationsKeyArn: string;
}

/** ARN of a feed's state machine, for those who name it before it is there. */
export const pipelineArn = (env: Environment, feed: string): string =>
  arnOf(env, 'states', `stateMachine:${stateMachineName(env, feed)}`);

/** The state machine that runs a feed's stages after each other, logged and traced. */
export class Pipeline extends Construct {
  readonly machine: SfnStateMachine;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { env, feed } = props;
    const tasks = stagesFrom(props.first).flatMap((stage) => props.tasks.get(stage) ?? []);
    const logs = logGroup(this, 'log-group', {
      env,
      name: pipelineLogGroupName(env, feed),
      operationsKeyArn: props.operationsKeyArn,
    });
    const { role, policy } = new BoundedRole(this, 'runner', {
      env,
      purpose: `${feed}-pipeline`,
      description: `Runs the stages of ${feed}`,
      trust: trustPolicy(env, 'states', stateMachineName(env, feed)),
      policy: pipelinePolicy(
        env,
        tasks.map(({ task }) => task),
      ),
    });
    this.machine = new SfnStateMachine(this, 'machine', {
      name: stateMachineName(env, feed),
      type: 'STANDARD',
      roleArn: role.arn,
      definition: stateMachineDefinition(feed, props.first, props.target),
      loggingConfiguration: {
        level: 'ALL',
        includeExecutionData: true,
        logDestination: `${logs.arn}:*`,
      },
      tracingConfiguration: { enabled: true },
      dependsOn: [policy, ...tasks.map(({ definition }) => definition)],
    });
  }
}
