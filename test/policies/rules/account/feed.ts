import { allow, arn, objects, refuseClear, role } from './names.ts';
import { dataBucket, stackOf } from './foundation.ts';

/** One feed: a stage as a task, its pipeline, its schedule and its alarms. */

const of = (output: string) => `\${data.terraform_remote_state.foundation.outputs.${output}}`;

const SUBNETS = [of('subnet_ids[0]'), of('subnet_ids[1]')];
const TOPIC = arn('sns', 'acme-dev-alarms');

const worker = {
  name: 'worker',
  image: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/acme-dev/worker@sha256:${'ab'.repeat(32)}`,
  environment: [{ name: 'PEACHES_WIRING', value: '{"project":"acme"}' }],
  user: '1000:1000',
  readonlyRootFilesystem: true,
  linuxParameters: { capabilities: { drop: ['ALL'] } },
  mountPoints: [{ sourceVolume: 'scratch', containerPath: '/tmp' }],
  logConfiguration: {
    logDriver: 'awslogs',
    options: { 'awslogs-group': '${aws_cloudwatch_log_group.load.name}' },
  },
};

const alarm = (name: string, rest: object) => ({
  alarm_name: `acme-dev-demo-${name}`,
  alarm_actions: [TOPIC],
  ...rest,
});

export const feed = {
  ...stackOf('demo', 'demo'),
  data: {
    terraform_remote_state: {
      foundation: {
        backend: 's3',
        config: { bucket: 'acme-terraform-state-111122223333', key: 'acme/dev/foundation.tfstate' },
      },
    },
  },
  output: { security_group_id: { value: '${aws_security_group.tasks.id}' } },
  resource: {
    ...dataBucket('logs', 'acme-dev-demo-logs-111122223333', of('data_key_arn')),
    aws_secretsmanager_secret: { api: { name: 'acme-dev/demo-api', kms_key_id: of('data_key_arn') } },
    aws_security_group: {
      tasks: { name: 'tasks-acme-dev-demo', description: 'Tasks of demo', vpc_id: of('vpc_id') },
    },
    aws_vpc_security_group_egress_rule: {
      https: {
        security_group_id: '${aws_security_group.tasks.id}',
        description: 'HTTPS to the source',
        ip_protocol: 'tcp',
        from_port: 443,
        to_port: 443,
        cidr_ipv4: '0.0.0.0/0',
      },
    },
    aws_cloudwatch_log_group: {
      load: {
        name: '/acme-dev/demo/load',
        retention_in_days: 90,
        kms_key_id: of('operations_key_arn'),
      },
    },
    aws_iam_role: {
      load: role('demo-load', 'ecs-tasks'),
      pipeline: role('demo-pipeline', 'states'),
      schedules: role('demo-schedules', 'scheduler'),
    },
    aws_iam_role_policy: {
      load: {
        role: '${aws_iam_role.load.id}',
        policy: {
          Statement: [
            allow('s3:ListBucket', 'arn:aws:s3:::acme-dev-operations-111122223333', {
              StringLike: { 's3:prefix': ['ledger/demo/*'] },
            }),
            allow(
              ['s3:PutObject', 's3:DeleteObject'],
              [
                '${aws_s3_bucket.logs.arn}/raw/*',
                objects('acme-dev-operations-111122223333', 'ledger/demo/load/'),
              ],
            ),
            allow('s3:GetObject', objects('somebody-elses-logs', 'acme/')),
            allow('sts:AssumeRole', 'arn:aws:iam::444455556666:role/reader'),
          ],
        },
      },
      pipeline: {
        role: '${aws_iam_role.pipeline.id}',
        policy: {
          Statement: [
            allow('iam:PassRole', ['${aws_iam_role.load.arn}', arn('iam', 'role/acme-dev-execution')], {
              StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
            }),
          ],
        },
      },
    },
    aws_ecs_task_definition: {
      load: {
        family: 'acme-dev-demo-load',
        requires_compatibilities: ['FARGATE'],
        cpu: '1024',
        memory: '2048',
        runtime_platform: { operating_system_family: 'LINUX', cpu_architecture: 'X86_64' },
        task_role_arn: '${aws_iam_role.load.arn}',
        execution_role_arn: arn('iam', 'role/acme-dev-execution'),
        volume: [{ name: 'scratch' }],
        container_definitions: [worker],
        tags: { stage: 'load' },
      },
    },
    aws_sfn_state_machine: {
      pipeline: {
        name: 'acme-dev-demo',
        role_arn: '${aws_iam_role.pipeline.arn}',
        definition: {
          StartAt: 'load',
          States: {
            load: {
              Type: 'Task',
              Resource: 'arn:aws:states:::ecs:runTask.sync',
              Parameters: {
                PropagateTags: 'TASK_DEFINITION',
                NetworkConfiguration: {
                  AwsvpcConfiguration: { Subnets: SUBNETS, AssignPublicIp: 'DISABLED' },
                },
              },
              End: true,
            },
          },
        },
        logging_configuration: {
          level: 'ALL',
          log_destination: '${aws_cloudwatch_log_group.load.arn}:*',
        },
        tracing_configuration: { enabled: true },
      },
    },
    aws_sqs_queue: {
      dead_letters: {
        name: 'acme-dev-demo-dead-letters',
        kms_master_key_id: of('operations_key_arn'),
        policy: { Statement: [refuseClear('sqs:SendMessage', arn('sqs', 'acme-dev-demo-dead-letters'))] },
      },
    },
    aws_scheduler_schedule_group: { group: { name: 'acme-dev-demo' } },
    aws_scheduler_schedule: {
      load: {
        name: 'load',
        group_name: '${aws_scheduler_schedule_group.group.name}',
        schedule_expression: 'rate(15 minutes)',
        schedule_expression_timezone: 'UTC',
        target: {
          arn: arn('ecs', 'cluster/acme-dev'),
          role_arn: '${aws_iam_role.schedules.arn}',
          dead_letter_config: { arn: '${aws_sqs_queue.dead_letters.arn}' },
          retry_policy: { maximum_event_age_in_seconds: 3600, maximum_retry_attempts: 5 },
          ecs_parameters: {
            task_definition_arn: arn('ecs', 'task-definition/acme-dev-demo-load'),
            platform_version: 'LATEST',
            propagate_tags: 'TASK_DEFINITION',
            network_configuration: { subnets: SUBNETS, assign_public_ip: false },
          },
        },
      },
    },
    aws_cloudwatch_metric_alarm: {
      silent: alarm('silent', { metric_name: 'ExecutionsSucceeded', treat_missing_data: 'breaching' }),
      rejected: alarm('rejected', { metric_name: 'demo.rowsRejected' }),
      not_started: alarm('not-started', {
        namespace: 'AWS/SQS',
        metric_name: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: 'acme-dev-demo-dead-letters' },
      }),
    },
  },
};
