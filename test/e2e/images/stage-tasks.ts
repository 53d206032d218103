import { ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { taskFamilyName } from '../../../config/names.ts';
import { imageReference, type ImagePin } from '../../../config/pins.ts';
import { wiringOf } from '../../../config/wiring.ts';
import type { FeedDeclaration } from '../../../etl/feed.ts';
import { stagePolicy } from '../../../policies/stage.ts';
import { trustPolicy } from '../../../policies/trust.ts';
import { declaredAccess } from '../../../stacks/access.ts';
import type { Lab } from './lab.ts';

export interface StageTask {
  readonly pin: ImagePin;
  readonly feed: string;
  readonly stage: string;
  readonly memoryMiB: number;
  readonly vcpu: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Document of the role's policy. */
  readonly policy: string;
}

/** An environment in an emulator. */
export type Emulated = Pick<Lab, 'env' | 'endpoint'>;

/** Settings of a client for the emulator. */
export const clientOf = (lab: Emulated) => ({
  region: lab.env.region,
  endpoint: lab.endpoint['AWS_ENDPOINT_URL'] ?? '',
  credentials: { accessKeyId: lab.env.account, secretAccessKey: 'testing' },
  forcePathStyle: true,
});

/** A stage's role and task definition, as the stacks declare them (stacks/constructs/stage-task.ts). */
export const registerStage = async (lab: Emulated, task: StageTask): Promise<void> => {
  const { feed, stage } = task;
  const RoleName = `${feed}-${stage}`;
  const iam = new IAMClient(clientOf(lab));
  const AssumeRolePolicyDocument = trustPolicy(lab.env, 'ecs-tasks');
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'stage', PolicyDocument: task.policy }));
  await new ECSClient(clientOf(lab)).send(
    new RegisterTaskDefinitionCommand({
      family: taskFamilyName(lab.env, feed, stage),
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(task.vcpu * 1024),
      memory: String(task.memoryMiB),
      taskRoleArn: Role?.Arn,
      volumes: [{ name: 'scratch' }],
      containerDefinitions: [
        {
          name: 'worker',
          image: imageReference(task.pin),
          command: [`${feed}.${stage}`],
          environment: Object.entries(task.environment).map(([name, value]) => ({ name, value })),
          user: '1000:1000',
          readonlyRootFilesystem: true,
          linuxParameters: { initProcessEnabled: true },
          mountPoints: [{ sourceVolume: 'scratch', containerPath: '/tmp' }],
        },
      ],
    }),
  );
};

/** All stages of a feed, each with no rights but the declared ones. @param memoryMiB what none gets more of */
export const registerFeed = async (
  emulated: Emulated,
  pin: ImagePin,
  feed: FeedDeclaration,
  memoryMiB: number,
): Promise<void> => {
  const { env } = emulated;
  const dataKeyArn = `arn:aws:kms:${env.region}:${env.account}:key/data`;
  for (const [stage, declared] of Object.entries(feed.stages)) {
    await registerStage(emulated, {
      ...{ pin, feed: feed.name, stage, vcpu: declared.vcpu },
      memoryMiB: Math.min(declared.memoryMiB, memoryMiB),
      environment: { PEACHES_WIRING: JSON.stringify(wiringOf(env, feed)) },
      policy: stagePolicy({
        region: env.region,
        ...declaredAccess(env, feed, stage),
        secretArns: [],
        dataKeyArn,
      }),
    });
  }
};
