import { taskFamilyName } from '../../config/names.ts';
import { TASK_CPU } from '../../config/processor.ts';
import { wiringOf } from '../../config/wiring.ts';
import { findStage } from '../../etl/find-stage.ts';
import type { RunnableTask } from '../../policies/run-task.ts';
import { EcsTaskDefinition } from '../aws.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Construct } from '../cdktf.ts';
import { Stage, type StageProps } from './stage.ts';

export interface StageTaskProps extends StageProps {
  /** What the container runtime pulls. */
  readonly image: string;
  readonly executionRoleArn: string;
}

/** Name of the one container in a task. */
export const CONTAINER = 'worker';

/** User and group of the image; nothing in it is theirs to write but the scratch volume. */
const NOBODY_SPECIAL = '1000:1000';
const SCRATCH = { name: 'scratch', path: '/tmp' };
/** Seconds between SIGTERM and SIGKILL, in which a worker finishes its units or gives them up. */
const STOP_SECONDS = 30;

/**
 * One stage as a Fargate task: a container that can't write outside its scratch volume, gain privileges
 * or run as root.
 */
export class StageTask extends Stage {
  readonly definition: EcsTaskDefinition;
  /** Named by family alone, so that a new image changes the task definition and nothing else. */
  readonly task: RunnableTask;

  constructor(scope: Construct, id: string, props: StageTaskProps) {
    super(scope, id, props);
    const { env, feed, stage } = props;
    const declaration = findStage(feed, stage);
    const cpu = declaration.vcpu * 1024;
    const family = taskFamilyName(env, feed.name, stage);
    this.definition = new EcsTaskDefinition(this, 'definition', {
      family,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: TASK_CPU },
      cpu: cpu.toString(),
      memory: declaration.memoryMiB.toString(),
      taskRoleArn: this.role.arn,
      executionRoleArn: props.executionRoleArn,
      volume: [{ name: SCRATCH.name }],
      containerDefinitions: JSON.stringify([this.container(props, cpu, declaration.memoryMiB)]),
      tags: { stage },
    });
    this.task = { family, roleArns: [props.executionRoleArn, this.role.arn] };
  }

  private container({ env, feed, stage, image }: StageTaskProps, cpu: number, memory: number): object {
    return {
      name: CONTAINER,
      image,
      essential: true,
      command: [`${feed.name}.${stage}`],
      environment: [{ name: 'PEACHES_WIRING', value: canonicalJson(wiringOf(env, feed)) }],
      cpu,
      memory,
      user: NOBODY_SPECIAL,
      privileged: false,
      readonlyRootFilesystem: true,
      linuxParameters: { initProcessEnabled: true, capabilities: { add: [], drop: ['ALL'] } },
      mountPoints: [{ sourceVolume: SCRATCH.name, containerPath: SCRATCH.path, readOnly: false }],
      portMappings: [],
      volumesFrom: [],
      systemControls: [],
      stopTimeout: STOP_SECONDS,
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': this.logs.name,
          'awslogs-region': env.region,
          'awslogs-stream-prefix': stage,
        },
      },
    };
  }
}
