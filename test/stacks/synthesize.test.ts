import { beforeAll, describe, expect, test } from '@jest/globals';
import { ofType, synthesized, type SynthesizedEnvironment } from './synthesized.ts';
import { dev, toy } from './toy-feed.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

interface Container {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
}

const containerOf = (synth: SynthesizedEnvironment, stage: string): Container => {
  const definition = ofType(synth.toy, 'aws_ecs_task_definition')[`stage-${stage}_definition`];
  return (JSON.parse(definition?.['container_definitions'] as string) as [Container])[0];
};

const machineOf = (synth: SynthesizedEnvironment) =>
  JSON.parse(
    ofType(synth.toy, 'aws_sfn_state_machine')['pipeline_machine']?.['definition'] as string,
  ) as unknown;

describe('an environment on AWS', () => {
  let synth: SynthesizedEnvironment;
  beforeAll(async () => {
    synth = await synthesized(dev);
  });

  test('has the foundation first, then a stack a feed that depends on it', () => {
    expect(synth.stacks.map(({ name, stackName, dependsOn }) => ({ name, stackName, dependsOn }))).toEqual([
      { name: 'foundation', stackName: 'acme-dev-foundation', dependsOn: [] },
      { name: 'toy', stackName: 'acme-dev-toy', dependsOn: ['foundation'] },
    ]);
  });

  test('keeps its state encrypted and locked, under project, environment and stack', () => {
    expect(synth.toy.terraform.backend).toEqual({
      s3: {
        bucket: 'acme-terraform-state-123456789012',
        key: 'acme/dev/toy.tfstate',
        region: 'us-east-1',
        encrypt: true,
        use_lockfile: true,
      },
    });
    expect(synth.toy.data?.['terraform_remote_state']?.['foundation']).toMatchObject({
      backend: 's3',
      config: { bucket: 'acme-terraform-state-123456789012', key: 'acme/dev/foundation.tfstate' },
    });
  });

  test('pins Terraform, the provider, the account and the region', () => {
    for (const stack of [synth.foundation, synth.toy]) {
      expect(stack.terraform['required_version']).toBe('>= 1.10');
      expect(stack.terraform.required_providers.aws).toEqual({ source: 'aws', version: '5.100.0' });
      expect(stack.provider.aws[0]).toMatchObject({
        region: 'us-east-1',
        allowed_account_ids: ['123456789012'],
      });
      expect(stack.provider.aws[0]).not.toHaveProperty('max_retries');
      expect(stack.provider.aws[0]).not.toHaveProperty('endpoints');
    }
  });

  test('keeps of a stack that it has no more only the place of its state', async () => {
    const { stacks } = await synthesized(dev, { leftOver: ['gone'] });
    expect(stacks.map(({ name, dependsOn }) => [name, ...dependsOn])).toEqual([
      ['foundation'],
      ['toy', 'foundation'],
      ['gone', 'foundation'],
    ]);
  });

  test('gives addresses that a person can guess', () => {
    expect(Object.keys(ofType(synth.toy, 'aws_s3_bucket'))).toEqual([
      'bucket-data_bucket',
      'bucket-names_bucket',
    ]);
    expect(Object.keys(ofType(synth.toy, 'aws_ecs_task_definition'))).toContain('stage-count_definition');
  });

  test('runs what follows the same stage side by side', () => {
    expect(machineOf(synth)).toMatchObject({
      StartAt: 'fetch',
      States: {
        fetch: { Next: 'after fetch', TimeoutSeconds: 1800 },
        'after fetch': {
          Type: 'Parallel',
          End: true,
          Branches: [
            { StartAt: 'count', States: { count: { End: true } } },
            { StartAt: 'sample', States: { sample: { End: true } } },
          ],
        },
      },
    });
  });

  test('tells each stage of the pipeline when the execution began', () => {
    expect(machineOf(synth)).toMatchObject({
      States: {
        fetch: {
          Resource: 'arn:aws:states:::ecs:runTask.sync',
          Parameters: {
            TaskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/acme-dev-toy-fetch',
            Overrides: {
              ContainerOverrides: [
                {
                  Name: 'worker',
                  'Command.$': "States.Array('toy.fetch', '--scheduled', $$.Execution.StartTime)",
                },
              ],
            },
          },
        },
      },
    });
  });

  test('schedules the pipeline and the lone stage', () => {
    const schedules = ofType(synth.toy, 'aws_scheduler_schedule');
    expect(Object.keys(schedules)).toEqual(['schedules_pipeline', 'schedules_stage-names']);
    expect(schedules['schedules_pipeline']).toMatchObject({
      schedule_expression: 'rate(15 minutes)',
      schedule_expression_timezone: 'UTC',
      target: { arn: '${aws_sfn_state_machine.pipeline_machine.arn}' },
    });
    expect(schedules['schedules_stage-names']).toMatchObject({
      schedule_expression: 'cron(30 3 * * ? *)',
      target: {
        input: JSON.stringify({
          containerOverrides: [
            {
              name: 'worker',
              command: ['toy.names', '--scheduled', '<aws.scheduler.scheduled-time>'],
            },
          ],
        }),
      },
    });
  });

  test('hands each worker its stage and its wiring', () => {
    const container = containerOf(synth, 'count');
    expect(container.command).toEqual(['toy.count']);
    expect(container.environment.map(({ name }) => name)).toEqual(['PEACHES_WIRING']);
    expect(JSON.parse(container.environment[0]?.value ?? '')).toMatchObject({
      project: 'acme',
      environment: 'dev',
      buckets: {
        operations: 'acme-dev-operations-123456789012',
        'toy-data': 'acme-dev-toy-data-123456789012',
      },
      secrets: { 'toy-api': 'acme-dev/toy-api' },
      params: { tenant: 't1' },
    });
  });

  test('expires what the declaration says and nothing else', () => {
    const lifecycles = ofType(synth.toy, 'aws_s3_bucket_lifecycle_configuration');
    const expiring = (name: string) =>
      (lifecycles[name]?.['rule'] as { id: string; expiration?: [{ days?: number }] }[]).flatMap((rule) =>
        rule.expiration?.[0].days === undefined ? [] : [[rule.id, rule.expiration[0].days]],
      );
    expect(expiring('bucket-data_lifecycle')).toEqual([['expire raw/', 30]]);
    expect(expiring('bucket-names_lifecycle')).toEqual([]);
  });

  test('makes containers of secrets, never values', () => {
    expect(Object.keys(ofType(synth.toy, 'aws_secretsmanager_secret'))).toEqual([
      'secret-api',
      'secret-other',
    ]);
    expect(synth.toy.resource).not.toHaveProperty('aws_secretsmanager_secret_version');
  });
});

describe('images', () => {
  const repository = '123456789012.dkr.ecr.us-east-1.amazonaws.com/acme-dev/worker';

  test.each([
    [
      'by digest once pushed',
      { worker: { repository, tag: 'abc', digest: DIGEST } },
      `${repository}@${DIGEST}`,
    ],
    ['by the tag of their content before', { worker: { repository, tag: 'abc' } }, `${repository}:abc`],
    ['by a tag that says so when none was built', {}, `${repository}:not-built`],
  ])('are named %s', async (_how, pins, image) => {
    expect(containerOf(await synthesized(dev, { pins }), 'fetch').image).toBe(image);
  });

  test('a new one changes task definitions and nothing else', async () => {
    const [before, after] = await Promise.all(
      ['a', 'b'].map((letter) =>
        synthesized(dev, {
          pins: { worker: { repository, tag: letter, digest: `sha256:${letter.repeat(64)}` } },
        }),
      ),
    );
    expect(after!.foundation.text).toBe(before!.foundation.text);
    const { aws_ecs_task_definition: tasksBefore, ...restBefore } = before!.toy.resource;
    const { aws_ecs_task_definition: tasksAfter, ...restAfter } = after!.toy.resource;
    expect(restAfter).toEqual(restBefore);
    expect(tasksAfter).not.toEqual(tasksBefore);
  });
});

describe('rejected rows', () => {
  test('alarm when a worker says that a limit was passed', async () => {
    const { toy: feed } = await synthesized(dev);
    const filters = Object.values(ofType(feed, 'aws_cloudwatch_log_metric_filter'));
    const passed = filters.filter(({ pattern }) => pattern === '{ $.code = "REJECT_LIMIT_PASSED" }');
    expect(passed).toHaveLength(Object.keys(toy.stages).length);
    expect(Object.values(ofType(feed, 'aws_cloudwatch_metric_alarm'))).toContainEqual(
      expect.objectContaining({ metric_name: 'toy.rejectLimitsPassed', statistic: 'Sum', threshold: 1 }),
    );
  });
});

describe('the same environment', () => {
  test('gives the same bytes again, however its configuration is ordered', async () => {
    const shuffled = Object.fromEntries(Object.entries(dev).reverse()) as unknown as typeof dev;
    const again = { ...shuffled, feeds: { toy: { labels: { b: '2', a: '1' }, tenant: 't1' } } };
    const [one, two] = [await synthesized(dev), await synthesized(again)];
    expect(two.foundation.text).toBe(one.foundation.text);
    expect(two.toy.text).toBe(one.toy.text);
  });

  test('names no path of this machine', async () => {
    const { foundation, toy: feed } = await synthesized(dev);
    for (const { text } of [foundation, feed]) expect(text).not.toContain(process.cwd());
  });

  test('differs on the emulator by state and retries alone', async () => {
    const [aws, sandbox] = [await synthesized(dev), await synthesized({ ...dev, target: 'sandbox' })];
    expect(sandbox.toy.terraform.backend).toEqual({
      local: { path: '../../../.peaches/dev/state/acme-dev-toy.tfstate' },
    });
    expect(sandbox.toy.data).toMatchObject({
      terraform_remote_state: {
        foundation: { config: { path: '../../../.peaches/dev/state/acme-dev-foundation.tfstate' } },
      },
    });
    expect(sandbox.toy.provider.aws).toEqual([{ ...aws.toy.provider.aws[0], max_retries: 2 }]);
    expect(sandbox.toy.resource).toEqual(aws.toy.resource);
    expect(sandbox.foundation.resource).toEqual(aws.foundation.resource);
  });
});

describe('an existing network', () => {
  test('is used as it is and nothing is made in it but security groups', async () => {
    const { foundation, toy: feed } = await synthesized({
      ...dev,
      vpc: 'vpc-0123456789abcdef0',
      subnets: ['subnet-0123456789abcdef0'],
    });
    expect(foundation.resource).not.toHaveProperty('aws_vpc');
    expect(foundation.resource).not.toHaveProperty('aws_subnet');
    expect(ofType(feed, 'aws_security_group')['tasks']).toMatchObject({ vpc_id: 'vpc-0123456789abcdef0' });
    expect(ofType(feed, 'aws_scheduler_schedule')['schedules_stage-names']).toMatchObject({
      target: { ecs_parameters: { network_configuration: { subnets: ['subnet-0123456789abcdef0'] } } },
    });
  });
});
