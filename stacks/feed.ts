import { aliasOf, dataSetsOf, logDeliveriesOf, OPERATIONS, type FeedDeclaration } from '../etl/feed.ts';
import type { Environment } from '../config/environment.ts';
import {
  arnOf,
  bucketName,
  clusterName,
  partitionOf,
  prefixOf,
  repositoryUri,
  secretName,
  securityGroupName,
  taskFamilyName,
} from '../config/names.ts';
import { imageReference, type ImagePins } from '../config/pins.ts';
import { HOST_UNITS } from '../policies/host.ts';
import { S3Object, SecretsmanagerSecret } from './aws.ts';
import { TerraformOutput, type Construct } from './cdktf.ts';
import { closedGroup } from './constructs/closed-group.ts';
import { DataSet } from './constructs/data-set.ts';
import { Deliveries } from './constructs/deliveries.ts';
import { FeedAlarms } from './constructs/feed-alarms.ts';
import { LogDelivery } from './constructs/log-delivery.ts';
import { Pipeline } from './constructs/pipeline.ts';
import { isExisting, PrivateBucket } from './constructs/private-bucket.ts';
import { Schedules } from './constructs/schedules.ts';
import { Stage, type StageProps } from './constructs/stage.ts';
import { CONTAINER, StageTask, type StageTaskProps } from './constructs/stage-task.ts';
import { EnvironmentStack, keepData } from './environment-stack.ts';
import { executionRoleArn, foundationOf, WORKER_IMAGE, type Foundation } from './foundation.ts';
import { hostUnits } from './host/units.ts';
import { pipelinePlan, type PipelinePlan } from './pipeline-plan.ts';
import { workgroupArnOf } from './warehouse/stack.ts';
import type { TaskTarget } from './state-machine-definition.ts';

/** What a task definition names before any image was built; it can't be pulled, and says so. */
const NOT_BUILT = 'not-built';

/** Days in which a deleted secret can be had back, where the environment is protected. */
const SECRET_RECOVERY_DAYS = 30;

/** One feed, all of it derived from its declaration. */
export class FeedStack extends EnvironmentStack {
  readonly #feed: FeedDeclaration;

  constructor(scope: Construct, env: Environment, feed: FeedDeclaration, pins: ImagePins) {
    super(scope, env, feed.name, feed.name);
    this.#feed = feed;
    const foundation = foundationOf(this, env);
    const { dataKeyArn, operationsKeyArn } = foundation;
    this.buckets(dataKeyArn);
    const secretArns = this.secrets(dataKeyArn);
    new Deliveries(this, 'deliveries', { env, feed, dataKeyArn });
    for (const [name, delivery, group] of logDeliveriesOf(feed, env.feeds[feed.name])) {
      const of = { env, feed, name, delivery, group, dataKeyArn, operationsKeyArn };
      new LogDelivery(this, `from-${name}`, of);
    }
    for (const [name, dataSet, users] of dataSetsOf(feed, env.feeds[feed.name])) {
      new DataSet(this, `data-set-${name}`, { env, feed, name, dataSet, users, dataKeyArn });
    }
    const image = imageReference(
      pins[WORKER_IMAGE] ?? { repository: repositoryUri(env, WORKER_IMAGE), tag: NOT_BUILT },
    );
    const plan = pipelinePlan(feed);
    const workgroupArn = env.warehouse === 'none' ? undefined : workgroupArnOf(this, env);
    const common = { env, feed, dataKeyArn, operationsKeyArn, secretArns, workgroupArn };
    const stages =
      env.compute === 'ecs'
        ? this.tasks({ ...common, image }, plan, foundation)
        : this.stagesOfHost(common, plan, image);
    new FeedAlarms(this, 'alarms', { env, feed, plan, stages });
  }

  /** Every stage as a task of ECS, started by schedules and a state machine. */
  private tasks(
    common: Omit<StageTaskProps, 'stage' | 'executionRoleArn'>,
    plan: PipelinePlan,
    foundation: Foundation,
  ): ReadonlyMap<string, Stage> {
    const { env } = this;
    const tasks = this.eachStage(
      (stage) =>
        new StageTask(this, `stage-${stage}`, {
          ...common,
          stage,
          executionRoleArn: executionRoleArn(env),
        }),
    );
    const target = this.target(foundation);
    const run = { env, feed: this.#feed.name, target, tasks, operationsKeyArn: common.operationsKeyArn };
    const pipeline =
      plan.pipeline === undefined
        ? undefined
        : new Pipeline(this, 'pipeline', { ...run, first: plan.pipeline.first });
    new Schedules(this, 'schedules', { ...run, plan, pipeline });
    new TerraformOutput(this, 'security_group_id', { value: target.securityGroupId });
    return tasks;
  }

  /** Every stage for the host, which reads what to run when as units of systemd. */
  private stagesOfHost(
    common: Omit<StageProps, 'stage'>,
    plan: PipelinePlan,
    image: string,
  ): ReadonlyMap<string, Stage> {
    for (const [name, content] of Object.entries(hostUnits(this.env, this.#feed, plan, image))) {
      new S3Object(this, `unit-${name.replaceAll('.', '-')}`, {
        bucket: bucketName(this.env, OPERATIONS),
        key: `${HOST_UNITS}${name}`,
        content,
        contentType: 'text/plain; charset=utf-8',
      });
    }
    return this.eachStage((stage) => new Stage(this, `stage-${stage}`, { ...common, stage }));
  }

  private eachStage<S>(make: (stage: string) => S): ReadonlyMap<string, S> {
    return new Map(Object.keys(this.#feed.stages).map((stage) => [stage, make(stage)]));
  }

  private buckets(dataKeyArn: string): void {
    for (const [name, { expireDays }] of Object.entries(this.#feed.buckets)) {
      const alias = aliasOf(this.#feed.name, name);
      if (isExisting(this.env, alias)) continue;
      new PrivateBucket(this, `bucket-${name}`, {
        env: this.env,
        alias,
        dataKeyArn,
        ...(expireDays === undefined ? {} : { expireDays }),
      });
    }
  }

  /** Containers without values: a value never passes through Terraform. @returns their ARNs by name */
  private secrets(dataKeyArn: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.#feed.secrets ?? {}).map(([name, { title, fields }]) => {
        const secret = new SecretsmanagerSecret(this, `secret-${name}`, {
          name: secretName(this.env, aliasOf(this.#feed.name, name)),
          description: `${title}: JSON with ${fields.join(', ')}`,
          kmsKeyId: dataKeyArn,
          recoveryWindowInDays: this.env.protected ? SECRET_RECOVERY_DAYS : 0,
          ...keepData(this.env),
        });
        return [name, secret.arn];
      }),
    );
  }

  private target({ vpcId, subnetIds }: Foundation): TaskTarget {
    const { env } = this;
    const feed = this.#feed.name;
    const group = closedGroup(this, ['tasks', 'tasks-https'], {
      name: securityGroupName(env, feed),
      vpcId,
      of: `Tasks of ${feed} in ${prefixOf(env)}`,
      to: 'AWS and to the sources of the feed',
    });
    return {
      partition: partitionOf(env.region),
      clusterArn: arnOf(env, 'ecs', `cluster/${clusterName(env)}`),
      subnetIds,
      securityGroupId: group.id,
      container: CONTAINER,
      taskDefinitionArn: (stage) => arnOf(env, 'ecs', `task-definition/${taskFamilyName(env, feed, stage)}`),
    };
  }
}
