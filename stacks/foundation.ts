import { OPERATIONS, type FeedDeclaration } from '../etl/feed.ts';
import type { Environment } from '../config/environment.ts';
import { ACCESS_LOGS, boundaryName, clusterName, prefixOf, roleArn } from '../config/names.ts';
import { LEAST_SUBNETS, makesWarehouse } from '../config/warehouse.ts';
import { boundaryPolicy } from '../policies/boundary.ts';
import { executionPolicy } from '../policies/execution.ts';
import { hostPolicy } from '../policies/host.ts';
import { dataKeyPolicy, operationsKeyPolicy } from '../policies/key.ts';
import { hostTrustPolicy, trustPolicy } from '../policies/trust.ts';
import { madeLogGroups, outsideOf } from './access.ts';
import { EcsCluster, IamPolicy } from './aws.ts';
import { TerraformOutput, type Construct, type TerraformStack } from './cdktf.ts';
import { outputsOf } from './backend.ts';
import { AlarmTopic, monthlyBudget } from './constructs/alarm-topic.ts';
import { BoundedRole } from './constructs/bounded-role.ts';
import { Key } from './constructs/key.ts';
import { logGroup } from './constructs/log-group.ts';
import { Network } from './constructs/network.ts';
import { AccessLogBucket, isExisting, PrivateBucket } from './constructs/private-bucket.ts';
import { Runner } from './constructs/runner.ts';
import { Repository } from './constructs/repository.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { stageRoleArns } from './stage-roles.ts';

export const FOUNDATION = 'foundation';

/** The image that every stage runs, by the name of its pin. */
export const WORKER_IMAGE = 'worker';

const EXECUTION = 'execution';

/** Role of the host that runs the stages where ECS does not, and the name of its stack. */
export const HOST = 'host';

/** What the foundation gives to the other stacks, and AWS alone knows. */
export interface Foundation {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly dataKeyArn: string;
  readonly operationsKeyArn: string;
}

/** Role under which ECS starts every task. */
export const executionRoleArn = (env: Environment): string => roleArn(env, EXECUTION);

/** Two zones hold the tasks; a warehouse of our own asks for three. */
const privateSubnets = (env: Environment): number => (makesWarehouse(env) ? LEAST_SUBNETS : 2);

/** Reads the foundation's outputs from its state. */
export const foundationOf = (scope: TerraformStack, env: Environment): Foundation => {
  const outputs = outputsOf(scope, env, FOUNDATION);
  const created = env.vpc === 'create';
  return {
    vpcId: created ? outputs.getString('vpc_id') : env.vpc,
    subnetIds: created
      ? Array.from({ length: privateSubnets(env) }, (_, zone) => outputs.getString(`subnet_ids[${zone}]`))
      : env.subnets,
    dataKeyArn: outputs.getString('data_key_arn'),
    operationsKeyArn: outputs.getString('operations_key_arn'),
  };
};

/**
 * What all feeds of an environment stand on: keys, network, the buckets of operations and access logs,
 * the worker's repository, the cluster or the role of the host, the boundary of every role, and where
 * alarms go.
 */
export class FoundationStack extends EnvironmentStack {
  /** @param feeds the selected ones; their sources outside the account are part of the boundary */
  constructor(scope: Construct, env: Environment, feeds: readonly FeedDeclaration[]) {
    super(scope, env, FOUNDATION, 'shared');
    const data = new Key(this, 'data-key', env, {
      name: 'data',
      description: `What the feeds of ${prefixOf(env)} hold: buckets, secrets, images`,
      policy: dataKeyPolicy(env),
    });
    const operations = new Key(this, 'operations-key', env, {
      name: 'operations',
      description: `What running ${prefixOf(env)} leaves behind: logs, dead letters, alarms`,
      policy: operationsKeyPolicy(env, madeLogGroups(env, feeds)),
    });
    const boundaryArn = this.boundary(feeds);
    this.buckets(data.arn);
    const repository = new Repository(this, 'images', env, WORKER_IMAGE, data.arn);
    if (env.compute === 'ecs') {
      if (env.existing?.cluster === undefined) this.cluster(operations.arn);
      new BoundedRole(this, EXECUTION, {
        env,
        purpose: EXECUTION,
        boundaryArn,
        description: 'Starts tasks: pulls the image, opens the log stream',
        trust: trustPolicy(env, 'ecs-tasks'),
        policy: executionPolicy(env),
      });
    } else {
      new BoundedRole(this, HOST, {
        env,
        purpose: HOST,
        boundaryArn,
        description: 'Runs the stages on the host, each under its own role',
        trust: hostTrustPolicy(),
        policy: hostPolicy(env, { stageRoleArns: stageRoleArns(env, feeds), dataKeyArn: data.arn }),
      });
    }
    if (env.user !== undefined) {
      new Runner(this, 'runner', {
        env,
        boundaryArn,
        dataKeyArn: data.arn,
        stageRoleArns: stageRoleArns(env, feeds),
      });
    }
    new AlarmTopic(this, 'alarms', env, operations.arn);
    if (env.monthlyBudgetUsd !== undefined && env.alarmEmail !== undefined) {
      monthlyBudget(this, 'budget', {
        name: prefixOf(env),
        usd: env.monthlyBudgetUsd,
        project: env.project,
        email: env.alarmEmail,
      });
    }

    const network =
      env.vpc === 'create'
        ? new Network(this, 'network', {
            env,
            operationsKeyArn: operations.arn,
            boundaryArn,
            privateSubnets: privateSubnets(env),
          })
        : undefined;
    this.publish({
      vpc_id: network?.vpcId ?? env.vpc,
      subnet_ids: network?.subnetIds ?? env.subnets,
      data_key_arn: data.arn,
      operations_key_arn: operations.arn,
      repository_url: repository.repository.repositoryUrl,
    });
  }

  /** @returns ARN of the boundary, by reference where it is made here, so that it comes first */
  private boundary(feeds: readonly FeedDeclaration[]): string {
    const { env } = this;
    if (env.existing?.boundary !== undefined) return env.existing.boundary;
    return new IamPolicy(this, 'boundary', {
      name: boundaryName(env),
      description: `The most that any role of ${prefixOf(env)} can do`,
      policy: boundaryPolicy(env, outsideOf(env, feeds)),
    }).arn;
  }

  private buckets(dataKeyArn: string): void {
    const { env } = this;
    const accessLogs = isExisting(env, ACCESS_LOGS) ? undefined : new AccessLogBucket(this, ACCESS_LOGS, env);
    if (isExisting(env, OPERATIONS)) return;
    new PrivateBucket(this, OPERATIONS, { env, alias: OPERATIONS, dataKeyArn, accessLogs });
  }

  private cluster(operationsKeyArn: string): void {
    const sessions = logGroup(this, 'sessions', {
      env: this.env,
      name: `/${prefixOf(this.env)}/cluster/sessions`,
      operationsKeyArn,
    });
    new EcsCluster(this, 'cluster', {
      name: clusterName(this.env),
      setting: [{ name: 'containerInsights', value: 'enabled' }],
      configuration: {
        executeCommandConfiguration: {
          kmsKeyId: operationsKeyArn,
          logging: 'OVERRIDE',
          logConfiguration: { cloudWatchEncryptionEnabled: true, cloudWatchLogGroupName: sessions.name },
        },
      },
    });
  }

  private publish(outputs: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(outputs)) new TerraformOutput(this, name, { value });
  }
}
