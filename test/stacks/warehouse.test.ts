import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { wiringOf } from '../../config/wiring.ts';
import type { FeedDeclaration } from '../../etl/feed.ts';
import { checkModel } from '../../policies/rules/check.ts';
import { declarationsOf } from '../../policies/rules/declarations.ts';
import { Model, type AppJson } from '../../policies/rules/model.ts';
import { synthesize } from '../../stacks/synthesize.ts';
import { ofType, statementsOf, type Synthesized } from './synthesized.ts';
import { dev, toy } from './toy-feed.ts';

const loading: FeedDeclaration = {
  ...toy,
  stages: { ...toy.stages, count: { ...toy.stages['count']!, tables: ['counts'] } },
};
const redshift: Environment = { ...dev, warehouse: 'redshift' };
const WORKGROUP = '${data.terraform_remote_state.warehouse.outputs.workgroup_arn}';
const SUBNET = '${data.terraform_remote_state.foundation.outputs.subnet_ids[#]}';
const COPY_ROLE = 'arn:aws:iam::123456789012:role/acme-dev-warehouse-copy';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warehouse-stack-'));
});
afterAll(() => rm(folder, { recursive: true }));

const stacksOf = async (env: Environment) => {
  const stacks = await synthesize(env, { outdir: await mkdtemp(join(folder, 'out-')), feeds: [loading] });
  const read = async (name: string): Promise<Synthesized> => {
    const found = stacks.find((stack) => stack.name === name);
    return JSON.parse(await readFile(join(found?.folder ?? name, 'cdk.tf.json'), 'utf8')) as Synthesized;
  };
  return { stacks, read };
};

const policyOf = (stack: Synthesized, role: string) =>
  statementsOf(ofType(stack, 'aws_iam_role_policy')[`${role}_policy`]?.['policy']);

describe('a warehouse of our own', () => {
  test('stands between the foundation and the feeds', async () => {
    const { stacks } = await stacksOf(redshift);
    expect(stacks.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
      ['foundation', []],
      ['warehouse', ['foundation']],
      ['toy', ['foundation', 'warehouse']],
    ]);
  });

  test('is private, has its password made by AWS, and a bound on what it costs', async () => {
    const stack = await (
      await stacksOf({ ...redshift, redshift: { baseCapacity: 16, monthlyRpuHours: 50 } })
    ).read('warehouse');
    expect(ofType(stack, 'aws_redshiftserverless_namespace')['redshift_namespace']).toMatchObject({
      manage_admin_password: true,
      iam_roles: ['${aws_iam_role.copy_role.arn}'],
    });
    expect(ofType(stack, 'aws_redshiftserverless_workgroup')['redshift_workgroup']).toMatchObject({
      base_capacity: 16,
      publicly_accessible: false,
      enhanced_vpc_routing: true,
      subnet_ids: [0, 1, 2].map((zone) => SUBNET.replace('#', String(zone))),
    });
    expect(ofType(stack, 'aws_redshiftserverless_usage_limit')['redshift_limit']).toMatchObject({
      amount: 50,
      period: 'monthly',
      breach_action: 'deactivate',
    });
    expect(Object.keys(stack.resource)).not.toContain('aws_vpc_security_group_ingress_rule');
  });

  test('has three private subnets to stand in, where without it there are two', async () => {
    const subnets = async (env: Environment) =>
      Object.keys(ofType(await (await stacksOf(env)).read('foundation'), 'aws_subnet')).filter((name) =>
        name.includes('task-subnet'),
      );
    expect(await subnets(redshift)).toHaveLength(3);
    expect(await subnets(dev)).toHaveLength(2);
  });

  test('is kept, and snapshots of it as long as is said', async () => {
    const stack = await (
      await stacksOf({ ...redshift, protected: true, redshift: { snapshotDays: 30 } })
    ).read('warehouse');
    expect(ofType(stack, 'aws_redshiftserverless_namespace')['redshift_namespace']).toMatchObject({
      lifecycle: { prevent_destroy: true },
    });
    const { target } = ofType(stack, 'aws_scheduler_schedule')['redshift_snapshots_daily'] as {
      target: { arn: string; input: string };
    };
    expect(target.arn).toBe('arn:aws:scheduler:::aws-sdk:redshiftserverless:createSnapshot');
    expect(JSON.parse(target.input)).toMatchObject({ NamespaceName: 'acme-dev', RetentionPeriod: 30 });
  });
});

describe('rights', () => {
  test('COPY reads staged loads and nothing else, for users of this workgroup alone', async () => {
    const stack = await (await stacksOf(redshift)).read('warehouse');
    expect(policyOf(stack, 'copy').map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['s3:ListBucket'], 'arn:aws:s3:::acme-dev-warehouse-123456789012'],
      [['s3:GetObject'], 'arn:aws:s3:::acme-dev-warehouse-123456789012/load/*'],
      [['kms:Decrypt'], expect.stringContaining('data_key_arn')],
    ]);
    for (const statement of statementsOf(
      ofType(stack, 'aws_iam_role')['copy_role']?.['assume_role_policy'],
    )) {
      expect(statement.Condition).toEqual({
        StringLike: { 'sts:ExternalId': 'arn:aws:redshift:us-east-1:123456789012:dbuser:acme-dev/*' },
      });
    }
  });

  test('a stage that loads tables logs in to the workgroup, stages below its feed, and carries its role', async () => {
    const stack = await (await stacksOf(redshift)).read('toy');
    const statements = policyOf(stack, 'stage-count_task');
    expect(statements.find(({ Sid }) => Sid === 'LogInToWarehouse')).toMatchObject({
      Action: ['redshift-serverless:GetCredentials'],
      Resource: WORKGROUP,
    });
    expect(statements.find(({ Sid }) => Sid === 'SendStatements')).toMatchObject({ Resource: WORKGROUP });
    expect(statements.find(({ Sid }) => Sid === 'FollowOwnStatements')?.Condition).toEqual({
      StringEquals: { 'redshift-data:statement-owner-iam-userid': '$${aws:userid}' },
    });
    expect(statements.find(({ Sid }) => Sid === 'WriteObjects')?.Resource).toContain(
      'arn:aws:s3:::acme-dev-warehouse-123456789012/load/toy/*',
    );
    expect(ofType(stack, 'aws_iam_role')['stage-count_task_role']?.['tags']).toEqual({
      stage: 'count',
      RedshiftDbRoles: 'peaches_loader',
    });
  });

  test('a stage that loads none has none of it', async () => {
    const stack = await (await stacksOf(redshift)).read('toy');
    expect(JSON.stringify(policyOf(stack, 'stage-sample_task'))).not.toMatch(/redshift|warehouse/);
    expect(ofType(stack, 'aws_iam_role')['stage-sample_task_role']?.['tags']).toEqual({ stage: 'sample' });
  });
});

describe('a warehouse that was there', () => {
  const of = (warehouse: NonNullable<NonNullable<Environment['existing']>['warehouse']>): Environment => ({
    ...redshift,
    existing: { warehouse },
  });

  test('a workgroup is looked up, not made', async () => {
    const env = of({ workgroup: 'reports', database: 'media' });
    const stack = await (await stacksOf(env)).read('warehouse');
    expect(Object.keys(stack.resource).filter((type) => type.startsWith('aws_redshift'))).toEqual([]);
    expect(stack.data?.['aws_redshiftserverless_workgroup']).toEqual({
      existing: expect.objectContaining({ workgroup_name: 'reports' }) as unknown,
    });
    expect(wiringOf(env, loading).warehouse).toMatchObject({
      server: { workgroup: 'reports' },
      database: 'media',
    });
  });

  test('into a cluster stages log in by their own role, and COPY serves its users', async () => {
    const env = of({ cluster: 'reports', database: 'media' });
    const { read } = await stacksOf(env);
    const statements = policyOf(await read('toy'), 'stage-count_task');
    expect(statements.find(({ Sid }) => Sid === 'LogInToWarehouse')).toMatchObject({
      Action: ['redshift:GetClusterCredentialsWithIAM'],
      Resource: 'arn:aws:redshift:us-east-1:123456789012:dbname:reports/media',
    });
    expect(statements.find(({ Sid }) => Sid === 'SendStatements')).toMatchObject({
      Resource: 'arn:aws:redshift:us-east-1:123456789012:cluster:reports',
    });
    expect(wiringOf(env, loading).warehouse).toEqual({
      kind: 'redshift',
      server: { cluster: 'reports' },
      database: 'media',
      copyRoleArn: COPY_ROLE,
      stagingBucket: 'acme-dev-warehouse-123456789012',
      stagingPrefix: 'load/toy/',
    });
  });

  test.each<[string, Environment]>([
    ['a workgroup', of({ workgroup: 'reports', database: 'media' })],
    ['a cluster', of({ cluster: 'reports', database: 'media' })],
    ['an encrypted catalog', { ...redshift, existing: { catalogEncryption: true } }],
    ['a bucket', { ...redshift, existing: { buckets: { warehouse: 'their-staging' } } }],
  ])('breaks no rule: %s', async (_what, env) => {
    const { stacks, read } = await stacksOf(env);
    const app = await Promise.all(
      stacks.map(async ({ name, stackName }) => [stackName, await read(name)] as const),
    );
    const declarations = declarationsOf(env, [loading]);
    const model = new Model(env, declarations, Object.fromEntries(app) as unknown as AppJson);
    expect(checkModel(model, [], new Date()).findings).toEqual([]);
  });

  test('and a catalog that is encrypted already is left as it is', async () => {
    const stack = await (
      await stacksOf({ ...redshift, existing: { catalogEncryption: true } })
    ).read('warehouse');
    expect(Object.keys(stack.resource)).not.toContain('aws_glue_data_catalog_encryption_settings');
  });
});
