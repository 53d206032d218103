import { blocks, isTrue, text } from './attributes.ts';
import { isKey } from './keys.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

export const t56: Rule = {
  id: 'T56',
  demand:
    'A cluster has Container Insights and logs its sessions under a key of the account; a state machine logs and traces every execution.',
  reason: 'Why a run failed last night is asked when its task is long gone.',
  sameAs: {
    checkov: ['CKV_AWS_65', 'CKV_AWS_223', 'CKV_AWS_224', 'CKV_AWS_284', 'CKV_AWS_285'],
    trivy: ['AWS-0034'],
    nag: ['AwsSolutions-ECS4', 'AwsSolutions-SF1', 'AwsSolutions-SF2'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_ecs_cluster'], ({ values }) => {
      const [sessions] = blocks(values, 'configuration', 'execute_command_configuration');
      const group = text(sessions ?? {}, 'log_configuration', 'cloud_watch_log_group_name');
      return [
        blocks(values, 'setting').some(
          (setting) =>
            text(setting, 'name') === 'containerInsights' &&
            ['enabled', 'enhanced'].includes(text(setting, 'value') ?? ''),
        ) || fault('has no Container Insights', 'Set containerInsights to enabled.'),
        (text(sessions ?? {}, 'logging') === 'OVERRIDE' &&
          isKey(model, text(sessions ?? {}, 'kms_key_id')) &&
          model.find('aws_cloudwatch_log_group', group) !== undefined) ||
          fault('does not log its sessions', 'Set execute_command_configuration with key and log group.'),
      ];
    }),
    ...judgeEach(model, ['aws_sfn_state_machine'], ({ values }) => {
      const group = text(values, 'logging_configuration', 'log_destination')?.replace(/:\*$/, '');
      return [
        (text(values, 'logging_configuration', 'level') === 'ALL' &&
          model.find('aws_cloudwatch_log_group', group) !== undefined) ||
          fault('does not log its executions', 'Set logging_configuration with level ALL.'),
        isTrue(values, 'tracing_configuration', 'enabled') ||
          fault('does not trace its executions', 'Set tracing_configuration.'),
      ];
    }),
  ],
};
