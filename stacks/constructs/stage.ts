import type { FeedDeclaration } from '../../etl/feed.ts';
import { findStage } from '../../etl/find-stage.ts';
import type { Environment } from '../../config/environment.ts';
import { logGroupName, roleArn, runnerArn } from '../../config/names.ts';
import { DB_ROLES_TAG, LOADER_ROLE, loadsTables } from '../../config/warehouse.ts';
import { stagePolicy } from '../../policies/stage.ts';
import { stageTrustPolicy } from '../../policies/trust.ts';
import { loadStatements } from '../../policies/warehouse.ts';
import { declaredAccess } from '../access.ts';
import type { CloudwatchLogGroup, IamRole } from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { HOST } from '../foundation.ts';
import { stagePurpose } from '../stage-roles.ts';
import { BoundedRole } from './bounded-role.ts';
import { logGroup } from './log-group.ts';

export interface StageProps {
  readonly env: Environment;
  readonly feed: FeedDeclaration;
  readonly stage: string;
  readonly dataKeyArn: string;
  readonly operationsKeyArn: string;
  /** ARNs of the feed's secrets by their names in the declaration. */
  readonly secretArns: Readonly<Record<string, string>>;
  /** Of the workgroup into which stages load tables; absent where there is none. */
  readonly workgroupArn?: string | undefined;
}

/** What a stage has wherever it runs: a role with exactly what it declares, and its log group. */
export class Stage extends Construct {
  readonly logs: CloudwatchLogGroup;
  readonly role: IamRole;

  constructor(scope: Construct, id: string, props: StageProps) {
    super(scope, id);
    const { env, feed, stage } = props;
    const declaration = findStage(feed, stage);
    const loads = loadsTables(env, feed, stage);

    this.logs = logGroup(this, 'log-group', {
      env,
      name: logGroupName(env, feed.name, stage),
      operationsKeyArn: props.operationsKeyArn,
      stage,
    });
    const { role } = new BoundedRole(this, 'task', {
      env,
      purpose: stagePurpose(feed.name, stage),
      description: `Stage ${feed.name}.${stage}: ${declaration.title}`.slice(0, 1000),
      trust: stageTrustPolicy(env, runnersOf(env)),
      policy: stagePolicy({
        region: env.region,
        ...declaredAccess(env, feed, stage),
        secretArns: (declaration.secrets ?? []).flatMap((secret) => props.secretArns[secret] ?? []),
        dataKeyArn: props.dataKeyArn,
        warehouse: loads ? loadStatements(env, props.workgroupArn ?? '') : [],
      }),
      stage,
      ...(loads ? { tags: { [DB_ROLES_TAG]: LOADER_ROLE } } : {}),
    });
    this.role = role;
  }
}

/** Whoever runs stages outside ECS. */
const runnersOf = (env: Environment): string[] => [
  ...(env.compute === 'ec2' ? [roleArn(env, HOST)] : []),
  ...(env.user === undefined ? [] : [runnerArn(env)]),
];
