import { arnOf, clusterName } from '../../config/names.ts';
import { anything, grant, ours, serviceLinkedRole, type Grants } from './grant.ts';

/** What runs the stages and starts them. */
export const compute: Grants = {
  aws_autoscaling_group: [
    ours(
      'autoscaling',
      'CreateAutoScalingGroup CreateOrUpdateTags DeleteAutoScalingGroup DeleteTags StartInstanceRefresh CancelInstanceRefresh UpdateAutoScalingGroup',
      'autoScalingGroup:*:autoScalingGroupName/@-*',
    ),
    grant(
      'autoscaling',
      'DescribeAutoScalingGroups DescribeInstanceRefreshes DescribeScalingActivities DescribeTags',
      anything,
    ),
    grant('ec2', 'RunInstances', (env) => [
      ...['instance', 'volume', 'network-interface', 'launch-template', 'subnet', 'security-group'].map(
        (kind) => arnOf(env, 'ec2', `${kind}/*`),
      ),
      arnOf({ ...env, account: '' }, 'ec2', 'image/*'),
    ]),
    grant('ssm', 'GetParameters', (env) => [
      arnOf({ ...env, account: '' }, 'ssm', 'parameter/aws/service/ami-amazon-linux-latest/*'),
    ]),
    serviceLinkedRole('autoscaling'),
  ],
  aws_ecr_repository: [
    ours(
      'ecr',
      'CreateRepository DescribeRepositories DeleteRepository PutImageTagMutability PutImageScanningConfiguration TagResource UntagResource ListTagsForResource',
      'repository/@/*',
    ),
  ],
  aws_ecr_lifecycle_policy: [
    ours('ecr', 'PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy', 'repository/@/*'),
  ],
  aws_ecs_cluster: [
    grant(
      'ecs',
      'CreateCluster DescribeClusters UpdateCluster DeleteCluster TagResource UntagResource ListTagsForResource',
      (env) => [arnOf(env, 'ecs', `cluster/${clusterName(env)}`)],
    ),
    serviceLinkedRole('ecs'),
  ],
  aws_ecs_task_definition: [
    ours('ecs', 'RegisterTaskDefinition TagResource UntagResource', 'task-definition/@-*:*'),
    grant('ecs', 'DeregisterTaskDefinition DescribeTaskDefinition', anything),
  ],
  aws_scheduler_schedule_group: [
    ours(
      'scheduler',
      'CreateScheduleGroup GetScheduleGroup DeleteScheduleGroup TagResource UntagResource ListTagsForResource',
      'schedule-group/@-*',
    ),
  ],
  aws_scheduler_schedule: [
    ours('scheduler', 'CreateSchedule GetSchedule UpdateSchedule DeleteSchedule', 'schedule/@-*/*'),
  ],
  aws_sfn_state_machine: [
    ours(
      'states',
      'CreateStateMachine DescribeStateMachine UpdateStateMachine DeleteStateMachine TagResource UntagResource ListTagsForResource ListStateMachineVersions',
      'stateMachine:@-*',
    ),
    grant('states', 'ValidateStateMachineDefinition', anything),
  ],
};
