import { describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { stackName } from '../../config/names.ts';
import { mediatailorParams } from '../../etl/mediatailor/params.ts';
import { synthesize } from '../../stacks/synthesize.ts';
import { absentIds, importIdOfArn, IMPORT_RULES } from '../../terraform/import-ids.ts';
import { anEnvironment } from '../support/environment.ts';

const READER = 'arn:aws:quicksight:eu-west-1:123456789012:user/default/reader';

const scope = anEnvironment({
  region: 'eu-west-1',
  alarmEmail: 'data@example.com',
  monthlyBudgetUsd: 100,
  feeds: { freewheel: { networkId: '171213' } },
});

/** Types of resources that the stacks of an environment make. */
const typesOf = async (environment: Environment): Promise<string[]> => {
  const outdir = await mkdtemp(join(tmpdir(), 'peaches-types-'));
  try {
    await synthesize(environment, { outdir });
    const stacks = await readdir(join(outdir, 'stacks'));
    expect(stacks).toContain(stackName(environment, 'foundation'));
    const types = stacks.map(async (stack) => {
      const text = await readFile(join(outdir, 'stacks', stack, 'cdk.tf.json'), 'utf8');
      return Object.keys((JSON.parse(text) as { resource: object }).resource);
    });
    return (await Promise.all(types)).flat();
  } finally {
    await rm(outdir, { recursive: true });
  }
};

test.each([
  { compute: 'ecs' as const },
  { compute: 'ec2' as const },
  { warehouse: 'redshift' as const },
  { feeds: { mediatailor: mediatailorParams.parse({ quicksightUsers: [READER] }) } },
])('every type of %j has its rule', async (variant) => {
  const types = await typesOf({ ...scope, ...variant });
  expect(types.filter((type) => IMPORT_RULES[type] === undefined)).toEqual([]);
});

describe('where the import id is not the id of the event', () => {
  test.each(['aws_cloudwatch_log_stream', 'aws_ecs_cluster', 'aws_route', 'aws_route_table_association'])(
    '%s',
    (type) => {
      expect(IMPORT_RULES[type]).toMatchObject({
        eventIdIsAnother: true,
        id: expect.any(Function),
      });
    },
  );

  test('a task definition is taken back by its ARN with the revision', () => {
    const arn = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/acme-dev-a:3';
    expect(IMPORT_RULES['aws_ecs_task_definition']?.eventIdIsAnother).toBe(true);
    expect(importIdOfArn('ecs:task-definition', arn)).toBe(arn);
  });
});

/** Attributes of a plan, and the id that an import of the type wants by the provider's documentation. */
const BY_CONFIGURATION: readonly (readonly [string, Record<string, string>, string])[] = [
  ['aws_athena_workgroup', { name: 'acme-dev' }, 'acme-dev'],
  ['aws_autoscaling_group', { name: 'acme-dev-host' }, 'acme-dev-host'],
  ['aws_budgets_budget', { name: 'monthly' }, '123456789012:monthly'],
  ['aws_cloudwatch_log_group', { name: '/acme-dev/a' }, '/acme-dev/a'],
  ['aws_cloudwatch_log_stream', { log_group_name: '/acme-dev/a', name: 's' }, '/acme-dev/a:s'],
  ['aws_cloudwatch_metric_alarm', { alarm_name: 'acme-dev-a' }, 'acme-dev-a'],
  ['aws_ecr_repository', { name: 'acme-dev/worker' }, 'acme-dev/worker'],
  ['aws_ecs_cluster', { name: 'acme-dev' }, 'acme-dev'],
  ['aws_glue_catalog_database', { name: 'acme_dev' }, '123456789012:acme_dev'],
  ['aws_iam_instance_profile', { name: 'acme-dev-host' }, 'acme-dev-host'],
  ['aws_iam_policy', { name: 'acme-dev-boundary' }, 'arn:aws:iam::123456789012:policy/acme-dev-boundary'],
  ['aws_iam_role', { name: 'acme-dev-a' }, 'acme-dev-a'],
  ['aws_iam_user', { name: 'acme-dev-runner' }, 'acme-dev-runner'],
  [
    'aws_kinesis_firehose_delivery_stream',
    { name: 'acme-dev-a' },
    'arn:aws:firehose:eu-west-1:123456789012:deliverystream/acme-dev-a',
  ],
  ['aws_kms_alias', { name: 'alias/acme-dev/data' }, 'alias/acme-dev/data'],
  ['aws_quicksight_data_set', { data_set_id: 'acme-dev-a' }, '123456789012,acme-dev-a'],
  ['aws_quicksight_data_source', { data_source_id: 'acme-dev-a' }, '123456789012,acme-dev-a'],
  [
    'aws_quicksight_refresh_schedule',
    { data_set_id: 'acme-dev-a', schedule_id: 'hourly' },
    '123456789012,acme-dev-a,hourly',
  ],
  ['aws_redshiftserverless_namespace', { namespace_name: 'acme-dev' }, 'acme-dev'],
  ['aws_redshiftserverless_workgroup', { workgroup_name: 'acme-dev' }, 'acme-dev'],
  ['aws_route', { route_table_id: 'rtb-1', destination_cidr_block: '0.0.0.0/0' }, 'rtb-1_0.0.0.0/0'],
  ['aws_route_table_association', { subnet_id: 'subnet-1', route_table_id: 'rtb-1' }, 'subnet-1/rtb-1'],
  ['aws_s3_bucket', { bucket: 'b' }, 'b'],
  ['aws_scheduler_schedule', { group_name: 'g', name: 'n' }, 'g/n'],
  ['aws_scheduler_schedule_group', { name: 'acme-dev-a' }, 'acme-dev-a'],
  ['aws_sfn_state_machine', { name: 'a' }, 'arn:aws:states:eu-west-1:123456789012:stateMachine:a'],
  ['aws_sns_topic', { name: 'acme-dev-alarms' }, 'arn:aws:sns:eu-west-1:123456789012:acme-dev-alarms'],
  ['aws_ssm_parameter', { name: '/acme-dev/units' }, '/acme-dev/units'],
];

describe('what was begun only is known by its name', () => {
  test.each(BY_CONFIGURATION)('%s', (type, attributes, id) => {
    expect(IMPORT_RULES[type]?.id?.(attributes, scope)).toBe(id);
  });

  test('every other type is found by its tags, or can be made once more', () => {
    const others = Object.entries(IMPORT_RULES).filter(
      ([type]) => !BY_CONFIGURATION.some(([tested]) => tested === type),
    );
    for (const [type, { id, found, repeatable }] of others) {
      expect({ type, byName: id !== undefined, ways: [found, repeatable].filter(Boolean).length }).toEqual({
        type,
        byName: false,
        ways: 1,
      });
    }
  });

  test('nothing is guessed while a part is not known', () => {
    expect(IMPORT_RULES['aws_route']?.id?.({ destination_cidr_block: '0.0.0.0/0' }, scope)).toBeUndefined();
    expect(IMPORT_RULES['aws_sns_topic']?.id?.({}, scope)).toBeUndefined();
  });
});

test('of what is found by its tags the last part of the ARN is the id', () => {
  expect(importIdOfArn('ec2:vpc', 'arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1')).toBe('vpc-1');
});

test('an association that is not there is told by the parts of its import id', () => {
  const error =
    'Terraform plan of stack failed: No association found between route table ID rtb-1 and target ID subnet-2 {"summary":"No association found between route table ID rtb-1 and target ID subnet-3"}';
  expect(absentIds(error)).toEqual(['subnet-2/rtb-1', 'subnet-3/rtb-1']);
  expect(absentIds('Cannot import non-existent remote object')).toEqual([]);
});
