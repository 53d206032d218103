import { arn } from '../account/names.ts';
import { breach, type Breaches } from './breach.ts';

const CONTAINER = 'aws_ecs_task_definition.load.container_definitions.0';
const START = 'aws_sfn_state_machine.pipeline.definition.States.load.Parameters.NetworkConfiguration';
const SCHEDULED = 'aws_scheduler_schedule.load.target.ecs_parameters';

export const containers: Breaches = {
  T29: [
    breach('tags that can move', { 'aws_ecr_repository.worker.image_tag_mutability': 'MUTABLE' }),
    breach('does not scan', { 'aws_ecr_repository.worker.image_scanning_configuration': undefined }),
    breach('under a key of the account', { 'aws_ecr_repository.worker.encryption_configuration': undefined }),
    breach('has no lifecycle', { 'aws_ecr_lifecycle_policy.worker': undefined }),
    breach('images with a tag expire', {
      'aws_ecr_lifecycle_policy.worker.policy.rules.0.selection.tagStatus': 'any',
    }),
  ],
  T30: [
    breach('names its image as', {
      [`${CONTAINER}.image`]: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/acme-dev/worker:latest',
    }),
    breach('of no repository of the environment', {
      [`${CONTAINER}.image`]: `public.ecr.aws/somebody/worker@sha256:${'ab'.repeat(32)}`,
    }),
  ],
  T31: [
    breach('can write to its root', { [`${CONTAINER}.readonlyRootFilesystem`]: false }),
    breach('runs as root', { [`${CONTAINER}.user`]: undefined }),
    breach('runs as root', { [`${CONTAINER}.user`]: '0:0' }),
    breach('is privileged', { [`${CONTAINER}.privileged`]: true }),
    breach('keeps capabilities', { [`${CONTAINER}.linuxParameters.capabilities.drop`]: ['NET_RAW'] }),
    breach('adds capabilities', { [`${CONTAINER}.linuxParameters.capabilities.add`]: ['SYS_ADMIN'] }),
    breach('nowhere to write', { 'aws_ecs_task_definition.load.volume': undefined }),
    breach('shares process ids', { 'aws_ecs_task_definition.load.pid_mode': 'host' }),
    breach('no readable containers', { 'aws_ecs_task_definition.load.container_definitions': 'jsonencode' }),
  ],
  T32: [
    breach('does not log to CloudWatch', { [`${CONTAINER}.logConfiguration.logDriver`]: 'syslog' }),
    breach('no group of ours', {
      [`${CONTAINER}.logConfiguration.options.awslogs-group`]: '/by-itself',
    }),
    breach('no group of ours', { 'aws_cloudwatch_log_group.load.retention_in_days': 0 }),
  ],
  T33: [
    breach('looks like a secret in API_TOKEN', {
      [`${CONTAINER}.environment.1`]: { name: 'API_TOKEN', value: 'summer' },
    }),
    breach('looks like a secret in WIRING', {
      [`${CONTAINER}.environment.1`]: { name: 'WIRING', value: 'https://me:hunter2@example.com' },
    }),
    breach('neither Secrets Manager nor SSM', {
      [`${CONTAINER}.secrets`]: [{ name: 'TOKEN', valueFrom: 'summer' }],
    }),
  ],
  T34: [
    breach('gives tasks a public address', { [`${START}.AwsvpcConfiguration.AssignPublicIp`]: 'ENABLED' }),
    breach('gives tasks a public address', { [`${SCHEDULED}.network_configuration.assign_public_ip`]: true }),
    breach('in no stated network', { [`${SCHEDULED}.network_configuration`]: undefined }),
    breach('a subnet that is not known', { [`${SCHEDULED}.network_configuration.subnets.0`]: 'subnet-1' }),
    breach('aws_subnet.nat, which is public', {
      'foundation/output.subnet_ids.value.0': '${aws_subnet.nat.id}',
    }),
    breach('aws_subnet.nat, which is public', {
      'aws_route.internet': undefined,
      'aws_route_table.outward.route': [{ cidr_block: '0.0.0.0/0', gateway_id: 'igw-1' }],
      'foundation/output.subnet_ids.value.0': '${aws_subnet.nat.id}',
    }),
    breach('public address to all', { 'aws_subnet.tasks_a.map_public_ip_on_launch': true }),
    breach('has a public address', { 'aws_instance.host.associate_public_ip_address': true }),
    breach('gives hosts a public address', {
      'aws_launch_template.host.network_interfaces': [{ associate_public_ip_address: true }],
    }),
    breach('no readable definition', { 'aws_sfn_state_machine.pipeline.definition': 'file' }),
  ],
  T35: [
    breach('which Fargate does not have', { 'aws_ecs_task_definition.load.memory': '1000' }),
    breach('does not name its platform', { 'aws_ecs_task_definition.load.runtime_platform': undefined }),
    breach('old platform version', { [`${SCHEDULED}.platform_version`]: '1.3.0' }),
  ],
  T48: [
    breach('does not rotate', { 'aws_kms_key.data.enable_key_rotation': false }),
    breach('is disabled', { 'aws_kms_key.data.is_enabled': false }),
    breach('less than 30 days', { 'aws_kms_key.data.deletion_window_in_days': 7 }),
    breach('has no policy', { 'aws_kms_key.data.policy': undefined }),
    breach('lets in anybody', { 'aws_kms_key.data.policy.Statement.0.Principal': { AWS: '*' } }),
  ],
  T49: [
    breach('under a key of the account', { 'aws_cloudwatch_log_group.load.kms_key_id': undefined }),
    breach('never forgets', { 'aws_cloudwatch_log_group.load.retention_in_days': undefined }),
    breach('forgets within a year', {}, { protected: true }),
  ],
  T52: [
    breach('success stays away', {
      'aws_cloudwatch_metric_alarm.silent.treat_missing_data': 'notBreaching',
    }),
    breach('rows are rejected', { 'aws_cloudwatch_metric_alarm.rejected': undefined }),
    breach('fills without an alarm', { 'aws_cloudwatch_metric_alarm.not_started': undefined }),
    breach('grows stale', { 'aws_cloudwatch_metric_alarm.stale': undefined }),
    breach('lags', { 'aws_cloudwatch_metric_alarm.lag': undefined }),
    breach('tells nobody', { 'aws_cloudwatch_metric_alarm.silent.alarm_actions': [] }),
    breach('tells nobody', { 'aws_sns_topic.alarms': undefined }),
  ],
  T55: [
    breach('under a key of the account', { 'aws_secretsmanager_secret.api.kms_key_id': undefined }),
    breach('under a key of the account', {
      'aws_sns_topic.alarms.kms_master_key_id': 'alias/aws/sns',
    }),
    breach('under a key of the account', { 'aws_sqs_queue.dead_letters.kms_master_key_id': undefined }),
    breach('without TLS', { 'aws_sqs_queue.dead_letters.policy': undefined }),
    breach('without TLS', { 'aws_sns_topic_policy.alarms.arn': arn('sns', 'other') }),
  ],
  T56: [
    breach('no Container Insights', { 'aws_ecs_cluster.cluster.setting': undefined }),
    breach('does not log its sessions', { 'aws_ecs_cluster.cluster.configuration': undefined }),
    breach('does not log its executions', {
      'aws_sfn_state_machine.pipeline.logging_configuration.level': 'ERROR',
    }),
    breach('does not trace', { 'aws_sfn_state_machine.pipeline.tracing_configuration': undefined }),
  ],
};
