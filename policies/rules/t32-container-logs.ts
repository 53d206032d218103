import { amount, text } from './attributes.ts';
import { judgeContainers } from './containers.ts';
import { fault, type Rule } from './rule.ts';

export const t32: Rule = {
  id: 'T32',
  demand: 'Every container logs into a log group of our stacks that has a retention.',
  reason:
    'What is logged nowhere can not be asked; a group that ECS makes by itself keeps everything for ever.',
  sameAs: { checkov: ['CKV_AWS_66'], nag: ['AwsSolutions-ECS7'] },
  check: (model) =>
    judgeContainers(model, (container) => {
      const group = model.find(
        'aws_cloudwatch_log_group',
        text(container, 'logConfiguration', 'options', 'awslogs-group'),
      );
      return [
        text(container, 'logConfiguration', 'logDriver') === 'awslogs' ||
          fault('does not log to CloudWatch', 'Set the log driver awslogs.'),
        (group !== undefined && amount(group.values, 'retention_in_days') > 0) ||
          fault('logs into no group of ours with a retention', 'Make the group with logGroup().'),
      ];
    }),
};
