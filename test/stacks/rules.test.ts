import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  everyResource,
  listOf,
  ofType,
  statementsOf,
  synthesized,
  type Attributes,
  type PolicyStatement,
  type SynthesizedEnvironment,
} from './synthesized.ts';
import { dev } from './toy-feed.ts';

let synth: SynthesizedEnvironment;
beforeAll(async () => {
  synth = await synthesized(dev);
});

const bothStacks = () => [synth.foundation, synth.toy];
const all = (type: string): Attributes[] =>
  bothStacks().flatMap((stack) => Object.values(ofType(stack, type)));

/** The same of a type that must be there, so that what is said of each of them is said of something. */
const each = (type: string): Attributes[] => {
  const found = all(type);
  expect([type, found.length]).not.toEqual([type, 0]);
  return found;
};

const POLICY_FIELDS = ['policy', 'assume_role_policy'];

/** Statements of every policy document in both stacks, with the address they stand at. */
const everyStatement = (): (PolicyStatement & { readonly at: string })[] =>
  bothStacks().flatMap((stack) =>
    everyResource(stack).flatMap(([at, attributes]) =>
      POLICY_FIELDS.flatMap((field) => {
        const text = attributes[field];
        if (typeof text !== 'string' || !text.includes('"Statement"')) return [];
        return statementsOf(text).map((statement) => ({ ...statement, at }));
      }),
    ),
  );

/** Actions that know no resource. */
const WITHOUT_RESOURCE =
  /^(ecr:GetAuthorizationToken|logs:.*(Delivery|Deliveries|ResourcePolic|DescribeLogGroups).*|xray:.*)$/;

describe('roles and policies', () => {
  test('every role stands within the boundary', () => {
    const roles = all('aws_iam_role');
    expect(roles.length).toBeGreaterThan(5);
    for (const role of roles) {
      expect([
        '${aws_iam_policy.boundary.arn}',
        'arn:aws:iam::123456789012:policy/acme-dev-boundary',
      ]).toContain(role['permissions_boundary']);
    }
  });

  test('no allowed action is a wildcard', () => {
    const wide = everyStatement().filter(
      ({ Effect, Action }) => Effect === 'Allow' && listOf(Action).some((action) => action.includes('*')),
    );
    expect(wide).toEqual([]);
  });

  test('only actions that know no resource are allowed on all of them', () => {
    const wide = everyStatement()
      // A key's own policy speaks of that key alone.
      .filter(({ at }) => !at.startsWith('aws_kms_key.'))
      .filter(({ Effect, Resource }) => Effect === 'Allow' && listOf(Resource).includes('*'))
      .flatMap(({ Action }) => listOf(Action))
      .filter((action) => !WITHOUT_RESOURCE.test(action));
    expect(wide).toEqual([]);
  });

  test('roles are passed to ECS tasks only', () => {
    const passing = everyStatement().filter(({ Action }) => listOf(Action).includes('iam:PassRole'));
    expect(passing.length).toBeGreaterThan(1);
    for (const { Condition } of passing) {
      expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
    }
  });

  test('each role is trusted to one service on behalf of this account', () => {
    for (const role of each('aws_iam_role')) {
      const [trust, ...others] = statementsOf(role['assume_role_policy']);
      expect(others).toEqual([]);
      expect(trust?.Principal).toEqual({ Service: expect.stringMatching(/^[a-z-]+\.amazonaws\.com$/) });
      expect(trust?.Condition).toMatchObject({
        StringEquals: { 'aws:SourceAccount': '123456789012' },
        ArnLike: { 'aws:SourceArn': expect.stringContaining(':123456789012:') },
      });
    }
  });

  test('anybody is only ever denied', () => {
    const open = everyStatement().filter(({ Effect, Principal }) => Effect === 'Allow' && Principal === '*');
    expect(open).toEqual([]);
  });

  test('there are no users, keys or attached managed policies', () => {
    for (const type of ['aws_iam_user', 'aws_iam_access_key', 'aws_iam_role_policy_attachment']) {
      expect(all(type)).toEqual([]);
    }
  });
});

describe('buckets', () => {
  test.each([
    ['public access block', 'aws_s3_bucket_public_access_block'],
    ['ownership', 'aws_s3_bucket_ownership_controls'],
    ['versions', 'aws_s3_bucket_versioning'],
    ['encryption', 'aws_s3_bucket_server_side_encryption_configuration'],
    ['policy', 'aws_s3_bucket_policy'],
    ['lifecycle', 'aws_s3_bucket_lifecycle_configuration'],
  ])('each has its %s', (_what, type) => {
    for (const stack of bothStacks()) {
      const buckets = Object.keys(ofType(stack, 'aws_s3_bucket')).map(
        (name) => `\${aws_s3_bucket.${name}.id}`,
      );
      expect(Object.values(ofType(stack, type)).map(({ bucket }) => bucket)).toEqual(buckets);
    }
  });

  test('refuse clear text and old TLS', () => {
    for (const { policy } of each('aws_s3_bucket_policy')) {
      const denied = statementsOf(policy).filter(({ Effect }) => Effect === 'Deny');
      expect(denied.map(({ Condition }) => Condition)).toEqual(
        expect.arrayContaining([
          { Bool: { 'aws:SecureTransport': 'false' } },
          { NumericLessThan: { 's3:TlsVersion': '1.2' } },
        ]),
      );
    }
  });

  test('log their accesses, except the one that takes the logs', () => {
    const logged = all('aws_s3_bucket_logging').map(({ bucket }) => bucket);
    const buckets = bothStacks().flatMap((stack) => Object.keys(ofType(stack, 'aws_s3_bucket')));
    expect(logged).toEqual(
      buckets.filter((name) => name !== 'access-logs_bucket').map((name) => `\${aws_s3_bucket.${name}.id}`),
    );
  });

  test('give up half-done uploads within a week', () => {
    for (const { rule } of each('aws_s3_bucket_lifecycle_configuration')) {
      expect(rule).toContainEqual(
        expect.objectContaining({ abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }] }),
      );
    }
  });
});

describe('tasks', () => {
  const containers = () =>
    each('aws_ecs_task_definition').map(
      ({ container_definitions: text }) => (JSON.parse(text as string) as [Attributes])[0],
    );

  test('carry another role than the one that starts them', () => {
    for (const definition of each('aws_ecs_task_definition')) {
      expect(definition['task_role_arn']).not.toBe(definition['execution_role_arn']);
      expect(definition['execution_role_arn']).toBe('arn:aws:iam::123456789012:role/acme-dev-execution');
    }
  });

  test('can write their scratch volume and nothing else, and are not root', () => {
    for (const container of containers()) {
      expect(container).toMatchObject({
        user: '1000:1000',
        privileged: false,
        readonlyRootFilesystem: true,
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
        mountPoints: [{ sourceVolume: 'scratch', containerPath: '/tmp' }],
        logConfiguration: { logDriver: 'awslogs' },
      });
    }
  });

  test('have no public address', () => {
    for (const stack of bothStacks()) {
      expect(stack.text).not.toMatch(/assign_public_ip": true|AssignPublicIp\\?": ?\\?"ENABLED/);
    }
    for (const subnet of each('aws_subnet')) expect(subnet['map_public_ip_on_launch']).toBe(false);
  });

  test('hold no rule, route or policy that somebody adds: all that there may be is stated', () => {
    for (const table of each('aws_route_table')) {
      expect(table).toMatchObject({ route: [{ cidr_block: '0.0.0.0/0' }] });
    }
    const roles = all('aws_iam_role').length;
    const named = all('aws_iam_role_policies_exclusive');
    const attached = all('aws_iam_role_policy_attachments_exclusive');
    expect([named.length, attached.length]).toEqual([roles, roles]);
    for (const { policy_names: names } of named) expect(names).toHaveLength(1);
    for (const { policy_arns: arns } of attached) expect(arns).toEqual([]);
  });

  test('are reached by nobody and reach HTTPS alone', () => {
    expect(all('aws_security_group').length).toBeGreaterThan(0);
    for (const group of each('aws_security_group')) {
      expect(group).toMatchObject({
        description: expect.stringMatching(/nothing in, HTTPS out/),
        ingress: [],
        egress: [{ from_port: 443, to_port: 443, description: expect.stringMatching(/HTTPS/) }],
      });
    }
  });
});

describe('the rest', () => {
  test('images are immutable, scanned and encrypted', () => {
    for (const repository of each('aws_ecr_repository')) {
      expect(repository).toMatchObject({
        image_tag_mutability: 'IMMUTABLE',
        image_scanning_configuration: { scan_on_push: true },
        encryption_configuration: [{ encryption_type: 'KMS' }],
        force_delete: false,
      });
    }
  });

  test('keys rotate and can be saved for a month', () => {
    for (const key of each('aws_kms_key')) {
      expect(key).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
    }
  });

  test('log groups are encrypted and forget', () => {
    for (const group of each('aws_cloudwatch_log_group')) {
      expect(group).toMatchObject({
        retention_in_days: 90,
        kms_key_id: expect.stringContaining('operations'),
      });
    }
  });

  test('the default security group is closed and flows are logged', () => {
    expect(all('aws_default_security_group')).toMatchObject([{ ingress: [], egress: [] }]);
    expect(all('aws_flow_log')).toMatchObject([{ traffic_type: 'ALL' }]);
    expect(all('aws_vpc_endpoint')).toMatchObject([{ vpc_endpoint_type: 'Gateway' }]);
  });

  test('schedules name their zone, retry, keep dead letters and have their own role', () => {
    for (const schedule of each('aws_scheduler_schedule')) {
      expect(schedule).toMatchObject({
        schedule_expression_timezone: 'UTC',
        target: {
          role_arn: '${aws_iam_role.schedules_starter_role.arn}',
          dead_letter_config: { arn: '${aws_sqs_queue.schedules_dead-letters.arn}' },
          retry_policy: { maximum_retry_attempts: 5 },
        },
      });
    }
  });

  test('alarms tell of failures, silence, rejections and dead letters', () => {
    const alarms = ofType(synth.toy, 'aws_cloudwatch_metric_alarm');
    expect(Object.keys(alarms)).toEqual([
      'alarms_failed',
      'alarms_not-started',
      'alarms_rejected',
      'alarms_silent-pipeline',
      'alarms_silent-stage-names',
      'alarms_units-failed',
    ]);
    for (const alarm of Object.values(alarms)) {
      expect(alarm['alarm_actions']).toEqual(['arn:aws:sns:us-east-1:123456789012:acme-dev-alarms']);
    }
    expect(alarms['alarms_rejected']).toMatchObject({ metric_name: 'toy.rejectLimitsPassed', threshold: 1 });
    // Two intervals of 15 minutes and the longest way, 30 + 60: two hours.
    expect(alarms['alarms_silent-pipeline']).toMatchObject({ evaluation_periods: 2 });
  });

  test('everything carries the six tags', () => {
    for (const stack of bothStacks()) {
      const [tags] = stack.provider.aws[0]?.['default_tags'] as [{ tags: object }];
      expect(Object.keys(tags.tags)).toEqual([
        'environment',
        'feed',
        'managed-by',
        'owner',
        'project',
        'stage',
      ]);
    }
  });

  test('every name carries the environment and fits', () => {
    const names = bothStacks().flatMap((stack) =>
      everyResource(stack).flatMap(([at, { name, bucket }]) => {
        const said = at.startsWith('aws_s3_bucket.') ? bucket : name;
        const owned = /aws_(iam_role_policy|scheduler_schedule|cloudwatch_log_metric_filter)\./.test(at);
        return typeof said === 'string' && !owned ? [said] : [];
      }),
    );
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(name).toContain('acme-dev');
  });

  test('no secret, no foreign partition, nothing that runs outside AWS', () => {
    for (const { text, resource } of bothStacks()) {
      expect(text).not.toMatch(/AKIA[0-9A-Z]{16}|-----BEGIN|secret_string|arn:aws-(cn|us-gov)/);
      const kinds = Object.keys(resource).filter((type) => !type.startsWith('aws_'));
      expect(kinds).toEqual([]);
    }
  });
});

describe('a protected environment', () => {
  const STATEFUL = [
    'aws_s3_bucket',
    'aws_kms_key',
    'aws_ecr_repository',
    'aws_secretsmanager_secret',
    'aws_cloudwatch_log_group',
  ];

  test('keeps Terraform from destroying what holds data', async () => {
    const prod = await synthesized({ ...dev, protected: true });
    for (const type of STATEFUL) {
      const made = [prod.foundation, prod.toy].flatMap((stack) => Object.values(ofType(stack, type)));
      expect(made).not.toEqual([]);
      for (const { lifecycle } of made) expect(lifecycle).toEqual({ prevent_destroy: true });
    }
    expect(ofType(prod.toy, 'aws_cloudwatch_log_group')['stage-count_log-group']).toMatchObject({
      retention_in_days: 400,
    });
    expect(ofType(prod.toy, 'aws_secretsmanager_secret')['secret-api']).toMatchObject({
      recovery_window_in_days: 30,
    });
  });

  test('no bucket is ever emptied by Terraform, protected or not', () => {
    for (const bucket of each('aws_s3_bucket')) expect(bucket['force_destroy']).toBe(false);
  });
});
