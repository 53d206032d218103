import type { FeedDeclaration } from '../../etl/feed.ts';
import type { Environment } from '../../config/environment.ts';
import { logGroupName, taskFamilyName, wiringOf } from '../../config/names.ts';
import type { RunnableTask } from '../../policies/run-task.ts';
import { stagePolicy } from '../../policies/stage.ts';
import { trustPolicy } from '../../policies/trust.ts';
import { declaredAccess, stageOf } from '../access.ts';
import { EcsTaskDefinition, type CloudwatchLogGroup } from '../aws.ts';
import { canonicalJson } from '../canonical-json.ts';
import { Construct } from '../cdktf.ts';
import { feedInvalid } from '../feed-invalid.ts';
import { sizeProblem } from '../task-size.ts';
import { BoundedRole } from './bounded-role.ts';
import { logGroup } from './log-group.ts';

export interface StageTaskProps {
  readonly env: Environment;
  readonly feed: FeedDeclaration;
  readonly stage: string;
  /** What the container runtime pulls. */
  readonly image: string;
  readonly executionRoleArn: string;
  readonly dataKeyArn: string;
  readonly operationsKeyArn: string;
  /** ARNs of the feed's secrets by their names in the declaration. */
  readonly secretArns: Readonly<Record<string, string>>;
}

/** Name of the one container in a task. */
export const CONTAINER = 'worker';

/** User and group of the image; nothing in it is theirs to write but the scratch volume. */
const NOBODY_SPECIAL = '1000:1000';
const SCRATCH = { name: 'scratch', path: '/tmp' };
/** Seconds between SIGTERM and SIGKILL, in which a worker finishes its units or gives them up. */
const STOP_SECONDS = 30;

/**
 * One stage as a Fargate task: its own role with exactly what it declares, its log group, and a
 * container that can't write outside its scratch volume, gain privileges or run as root.
 */
export class StageTask extends Construct {
  readonly definition: EcsTaskDefinition;
  readonly logs: CloudwatchLogGroup;
  /** Named by family alone, so that a new image changes the task definition and nothing else. */
  readonly task: RunnableTask;

  constructor(scope: Construct, id: string, props: StageTaskProps) {
    super(scope, id);
    const { env, feed, stage } = props;
    const declaration = stageOf(feed, stage);
    const problem = sizeProblem(declaration.vcpu, declaration.memoryMiB);
    if (problem !== undefined) throw feedInvalid(feed.name, `stage ${stage}: ${problem}`);

    this.logs = logGroup(this, 'log-group', {
      env,
      name: logGroupName(env, feed.name, stage),
      operationsKeyArn: props.operationsKeyArn,
      stage,
    });
    const { role } = new BoundedRole(this, 'task', {
      env,
      purpose: `${feed.name}-${stage}`,
      description: `Stage ${feed.name}.${stage}: ${declaration.title}`.slice(0, 1000),
      trust: trustPolicy(env, 'ecs-tasks'),
      policy: stagePolicy({
        region: env.region,
        ...declaredAccess(env, feed, stage),
        secretArns: (declaration.secrets ?? []).map((secret) => this.secretArn(props, secret)),
        dataKeyArn: props.dataKeyArn,
      }),
      stage,
    });
    const cpu = declaration.vcpu * 1024;
    const family = taskFamilyName(env, feed.name, stage);
    this.definition = new EcsTaskDefinition(this, 'definition', {
      family,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'X86_64' },
      cpu: cpu.toString(),
      memory: declaration.memoryMiB.toString(),
      taskRoleArn: role.arn,
      executionRoleArn: props.executionRoleArn,
      volume: [{ name: SCRATCH.name }],
      containerDefinitions: JSON.stringify([this.container(props, cpu, declaration.memoryMiB)]),
      tags: { stage },
    });
    this.task = { family, roleArns: [props.executionRoleArn, role.arn] };
  }

  private secretArn({ feed, stage, secretArns }: StageTaskProps, secret: string): string {
    const arn = secretArns[secret];
    if (arn === undefined) throw feedInvalid(feed.name, `stage ${stage} reads unknown secret ${secret}`);
    return arn;
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
