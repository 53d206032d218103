import { amount, isTrue, text, texts } from './attributes.ts';
import { isKey } from './keys.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

const TOPICS_OFF = /^\s*auto\.create\.topics\.enable\s*=\s*false\s*$/m;

export const t42: Rule = {
  id: 'T42',
  demand:
    'A Kafka cluster speaks TLS to clients and between brokers, knows its clients by IAM alone, is private, logs, encrypts under a key of the account and spans two zones; in a protected environment it makes no topics by itself.',
  reason:
    'A stream carries what every viewer does; a misspelt topic that comes to be by itself swallows data unseen.',
  sameAs: {
    checkov: ['CKV_AWS_80', 'CKV_AWS_81', 'CKV_AWS_291'],
    trivy: ['AWS-0073', 'AWS-0074', 'AWS-0179'],
    nag: ['AwsSolutions-MSK2', 'AwsSolutions-MSK3', 'AwsSolutions-MSK6'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_msk_cluster'], ({ values }) => {
      const configuration = model.find('aws_msk_configuration', text(values, 'configuration_info', 'arn'));
      const transit = ['encryption_info', 'encryption_in_transit'];
      const access = text(values, 'broker_node_group_info', 'connectivity_info', 'public_access', 'type');
      const logs = ['cloudwatch_logs', 'firehose', 's3'].some((to) =>
        isTrue(values, 'logging_info', 'broker_logs', to, 'enabled'),
      );
      return [
        (text(values, ...transit, 'client_broker') === 'TLS' &&
          text(values, ...transit, 'in_cluster') !== 'false') ||
          fault('speaks in clear', 'Set client_broker to TLS and in_cluster to true.'),
        isTrue(values, 'client_authentication', 'sasl', 'iam') ||
          fault('does not know its clients by IAM', 'Set client_authentication.sasl.iam.'),
        !isTrue(values, 'client_authentication', 'unauthenticated') ||
          fault('serves clients that it does not know', 'Set unauthenticated to false.'),
        access === undefined || access === 'DISABLED' || fault('is public', 'Set public_access to DISABLED.'),
        logs || fault('does not log', 'Set logging_info.'),
        isKey(model, text(values, 'encryption_info', 'encryption_at_rest_kms_key_arn')) ||
          fault('does not encrypt under a key of the account', 'Set encryption_at_rest_kms_key_arn.'),
        new Set(texts(values, 'broker_node_group_info', 'client_subnets')).size >= 2 ||
          fault('stands in one zone', 'Give it subnets in two zones.'),
        amount(values, 'number_of_broker_nodes') >= 2 || fault('has one broker', 'Give it two or more.'),
        !model.environment.protected ||
          TOPICS_OFF.test(text(configuration?.values ?? {}, 'server_properties') ?? '') ||
          fault('makes topics by itself', 'Set auto.create.topics.enable=false in its configuration.'),
      ];
    }),
    ...judgeEach(model, ['aws_msk_serverless_cluster'], ({ values }) => [
      isTrue(values, 'client_authentication', 'sasl', 'iam', 'enabled') ||
        fault('does not know its clients by IAM', 'Set client_authentication.sasl.iam.enabled.'),
      new Set(texts(values, 'vpc_config', 'subnet_ids')).size >= 2 ||
        fault('stands in one zone', 'Give it subnets in two zones.'),
    ]),
  ],
};
