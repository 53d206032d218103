import type { Step } from './pipeline-plan.ts';

/** How a stage's task is started, as the ECS integration of Step Functions wants it. */
export interface TaskTarget {
  readonly partition: string;
  readonly clusterArn: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  readonly container: string;
  /** Task definition of a stage, without revision. */
  readonly taskDefinitionArn: (stage: string) => string;
}

interface State {
  readonly [key: string]: unknown;
}

interface Chain {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** ECS itself was at fault: worth more patience than a task that failed. */
const RETRY = [
  {
    ErrorEquals: [
      'ECS.ServerException',
      'ECS.AmazonECSException',
      'ECS.ThrottlingException',
      'ECS.CapacityProviderException',
    ],
    IntervalSeconds: 30,
    MaxAttempts: 5,
    BackoffRate: 2,
    JitterStrategy: 'FULL',
  },
  { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 60, MaxAttempts: 2, BackoffRate: 2 },
];

/**
 * A feed's pipeline in the Amazon States Language: each stage's task in turn, side by side where
 * several follow the same one. Each is told the instant at which the execution began, so that a
 * pipeline that runs past midnight, or is retried, still works its own day. Executions may overlap:
 * the ledger's claims see to it that each unit is worked once.
 */
export const stateMachineDefinition = (feed: string, first: Step, target: TaskTarget): string =>
  JSON.stringify({ Comment: `Stages of ${feed}`, ...chain(feed, [first], target) });

const chain = (feed: string, steps: readonly Step[], target: TaskTarget): Chain => {
  const [step, ...others] = steps;
  if (step === undefined) return { StartAt: '', States: {} };
  if (others.length > 0) {
    const name = `after ${step.declaration.after ?? feed}`;
    const branches = steps.map((branch) => chain(feed, [branch], target));
    return { StartAt: name, States: { [name]: { Type: 'Parallel', Branches: branches, End: true } } };
  }
  const rest = chain(feed, step.then, target);
  const onward = rest.StartAt === '' ? { End: true } : { Next: rest.StartAt };
  return {
    StartAt: step.stage,
    States: { [step.stage]: { ...taskState(feed, step, target), ...onward }, ...rest.States },
  };
};

const taskState = (feed: string, { stage, declaration }: Step, target: TaskTarget): State => ({
  Type: 'Task',
  Comment: declaration.title,
  Resource: `arn:${target.partition}:states:::ecs:runTask.sync`,
  Parameters: {
    Cluster: target.clusterArn,
    TaskDefinition: target.taskDefinitionArn(stage),
    LaunchType: 'FARGATE',
    PlatformVersion: 'LATEST',
    PropagateTags: 'TASK_DEFINITION',
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        Subnets: target.subnetIds,
        SecurityGroups: [target.securityGroupId],
        AssignPublicIp: 'DISABLED',
      },
    },
    Overrides: {
      ContainerOverrides: [
        {
          Name: target.container,
          'Command.$': `States.Array('${feed}.${stage}', '--scheduled', $$.Execution.StartTime)`,
        },
      ],
    },
  },
  TimeoutSeconds: declaration.timeoutMinutes * 60,
  Retry: RETRY,
  ResultPath: null,
});
